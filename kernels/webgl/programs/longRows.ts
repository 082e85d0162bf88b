/**
 * Programs of which an operand or the result has its rows in parts (layout/rowParts.ts). Their texts are
 * those of other programs, with other formulas for the places of tiles.
 */
import {
  layoutStruct,
  layoutStructOfParts,
  tilePlaces,
  tilePlacesOfParts,
} from '../layout/tileLayout.glsl.js';
import type { ProgramSource } from './source.js';

/** Returns the program whose operands and result may have their rows in parts. */
export function longRows(source: ProgramSource): ProgramSource {
  const fragment = source.fragment
    .replace(layoutStruct.trim(), () => layoutStructOfParts.trim())
    .replace(tilePlaces.trim(), () => tilePlacesOfParts.trim());
  return { ...source, fragment };
}
