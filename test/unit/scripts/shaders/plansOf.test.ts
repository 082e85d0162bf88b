import { expect } from 'chai';
import { profileNamed, profiles } from '../../../../kernels/webgl/devices.js';
import type { Limits } from '../../../../kernels/webgl/runner.js';
import { type Layer, layers } from '../../../../scripts/bench/layers.js';
import { deviceLimits } from '../../../../scripts/shaders/limits.js';
import { type Listing, listingOf, type PlanRow } from '../../../../scripts/shaders/plansOf.js';

const limits = deviceLimits(profileNamed('nvidia'));
const textures: Limits = { ...limits, sharesTextures: false };

/** Layers whose figures are worked out by hand: 5 input slices, 10 output slices. */
const dense: Layer = {
  id: 'dense',
  kernel: 'conv2d',
  height: 10,
  width: 12,
  inChannels: 20,
  outChannels: 40,
  filterHeight: 3,
  filterWidth: 3,
  stride: 1,
  dilation: 1,
};
const depthwise: Layer = { ...dense, id: 'depthwise', kernel: 'depthwise', outChannels: 20 };
/** 16 patches of 2x2 outputs, 8 slices in and out. */
const square: Layer = {
  ...dense,
  id: 'square',
  height: 8,
  width: 8,
  inChannels: 32,
  outChannels: 32,
};

/** Returns the plan of a variant for a layer, for input in the tile of nets unless it is in none. */
function planOf(
  { plans }: Listing,
  layer: string,
  variant: string,
  resident: string | null = '2x2x2',
) {
  const found = plans.filter(
    (plan) => plan.layer === layer && plan.variant === variant && plan.resident === resident,
  );
  expect(found, `${layer} ${variant}`).to.have.length(1);
  return found[0];
}

/** Returns the only pass of a plan, with its program. */
function onlyPass(listing: Listing, { passes }: PlanRow) {
  expect(passes).to.have.length(1);
  const [pass] = passes;
  return { ...pass, row: listing.programs.find(({ name }) => name === pass.program)! };
}

describe('the listing of shaders', () => {
  let suite: Listing;
  let own: Listing;

  before(() => {
    suite = listingOf(layers, limits);
    own = listingOf([dense, depthwise, square], limits);
  });

  it('has rows with these keys', () => {
    expect(suite.programs.length).to.be.above(50);
    expect(suite.plans.length).to.be.above(500);
    for (const row of suite.programs) {
      expect(Object.keys(row)).to.have.members([
        ...['name', 'key', 'variant', 'family', 'targets', 'samplers', 'tile', 'inTile'],
        ...['uniformFetches', 'fmaPerTurn', 'layers', 'fragment'],
      ]);
    }
    for (const row of suite.plans) {
      expect(Object.keys(row)).to.have.members([
        ...['layer', 'variant', 'inTile', 'resident', 'multiplyAdds', 'cost', 'chosen', 'passes'],
      ]);
      for (const pass of row.passes) {
        expect(Object.keys(pass)).to.have.members(['program', 'fragments', 'turns', 'draws']);
      }
    }
  });

  it('has data that JSON keeps', () => {
    const { programs, plans } = own;
    expect(JSON.parse(JSON.stringify(programs))).to.deep.equal(programs);
    expect(JSON.parse(JSON.stringify(plans))).to.deep.equal(plans);
    // The general variant is never the first.
    const last = plans.filter(({ cost }) => cost === null);
    expect(new Set(last.map(({ variant }) => variant))).to.deep.equal(
      new Set(['general', 'depthwise-general']),
    );
  });

  it('has each program once, under a name that makes a file name', () => {
    const names = suite.programs.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect(new Set(suite.programs.map(({ key }) => key)).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^[\w.-]+$/);
  });

  it('has the programs of all passes, and for each the layers whose passes use it', () => {
    const users = new Map<string, Set<string>>();
    for (const { layer, passes } of suite.plans) {
      expect(passes.length).to.be.above(0);
      for (const { program } of passes) {
        users.set(program, (users.get(program) ?? new Set()).add(layer));
      }
    }
    const found = suite.programs.map((row) => [row.name, [...row.layers].sort()]);
    const wanted = [...users].map(([name, of]) => [name, [...of].sort()]);
    expect(Object.fromEntries(found)).to.deep.equal(Object.fromEntries(wanted));
  });

  it('has one chosen plan for each layer, the cheapest for input in no tile', () => {
    for (const profile of profiles) {
      const { plans } =
        profile.name === 'nvidia' ? suite : listingOf([dense], deviceLimits(profile));
      for (const layer of new Set(plans.map((plan) => plan.layer))) {
        const of = plans.filter((plan) => plan.layer === layer);
        const chosen = of.filter((plan) => plan.chosen);
        expect(chosen, layer).to.have.length(1);
        expect(chosen[0].resident).to.equal(null);
        const costs = of
          .filter(({ resident }) => resident === null)
          .map(({ cost }) => cost ?? Number.POSITIVE_INFINITY);
        expect(chosen[0].cost).to.equal(Math.min(...costs));
      }
    }
    expect(new Set(suite.plans.map(({ layer }) => layer)).size).to.equal(layers.length);
  });

  it('has the fragments and turns of a dense layer, with a loop over slices or without', () => {
    const sliceBySlice = onlyPass(own, planOf(own, 'dense', 'direct-4x2x1'));
    // Tiles of 4x2x1 on 12x10x10 slices: 3 x 5 x 10.
    expect(sliceBySlice).to.include({ fragments: 150, turns: 5, draws: 1 });
    expect(sliceBySlice.row).to.include({
      family: 'conv2d',
      targets: 8,
      samplers: 3,
      uniformFetches: 36,
      fmaPerTurn: 36 * 4 * 8,
    });
    expect(sliceBySlice.row.tile).to.deep.equal({ w: 4, h: 2, c: 1 });
    expect(sliceBySlice.row.inTile).to.deep.equal({ w: 2, h: 2, c: 2 });
    const apart = listingOf([dense], textures);
    const tileByTile = onlyPass(apart, planOf(apart, 'dense', 'direct-4x2x1'));
    expect(tileByTile).to.include({ fragments: 150, turns: 3, draws: 1 });
    expect(tileByTile.row).to.include({
      targets: 8,
      samplers: 8 + 2,
      uniformFetches: 72,
      fmaPerTurn: 72 * 4 * 8,
    });
    expect(planOf(own, 'dense', 'direct-4x2x1').multiplyAdds).to.equal(120 * 40 * 20 * 9);
  });

  it('counts three lanes of the weights for a picture of three channels', () => {
    const picture = listingOf([{ ...dense, id: 'picture', inChannels: 3 }], limits);
    const { turns, row } = onlyPass(picture, planOf(picture, 'picture', 'direct-2x2x2', null));
    expect(turns).to.equal(row.name.includes('r1L') ? 3 : 1);
    const rows = 3 / turns;
    expect(row).to.include({
      uniformFetches: rows * 3 * 3 * 2,
      fmaPerTurn: rows * 3 * 3 * 2 * 4 * 4,
    });
  });

  it('counts a draw for each group of slices of a plan with weights in blocks', () => {
    const single = onlyPass(own, planOf(own, 'dense', 'block-4x2x1'));
    expect(single).to.include({ fragments: 150, turns: 5, draws: 10 });
    expect(single.row).to.include({ samplers: 2, uniformFetches: 0, fmaPerTurn: 36 * 4 * 8 });
    const pairs = onlyPass(own, planOf(own, 'dense', 'block-2x2x2'));
    expect(pairs).to.include({ fragments: 6 * 5 * 5, turns: 5, draws: 5 });
    for (const { variant, passes, layer } of suite.plans) {
      const { outChannels } = layers.find(({ id }) => id === layer)!;
      const c = Number(variant.split('x').at(-1));
      const isLarge = layer === 'depthwise5x5-14x14x672' && variant.startsWith('depthwise-block');
      const groups = variant.startsWith('block') ? Math.ceil(outChannels / 4 / c) : 1;
      const draws = isLarge ? 2 : groups;
      for (const pass of passes) expect(pass.draws, `${layer} ${variant}`).to.equal(draws);
    }
  });

  it('has the fragments and turns of a depthwise layer', () => {
    const square = onlyPass(own, planOf(own, 'depthwise', 'depthwise-2x2x2'));
    expect(square).to.include({ fragments: 6 * 5 * 3, turns: 0, draws: 1 });
    expect(square.row).to.include({ uniformFetches: 2 * 9, fmaPerTurn: 2 * 9 * 4 * 4 });
    const row = onlyPass(own, planOf(own, 'depthwise', 'depthwise-4x1x1', null));
    expect(row).to.include({ fragments: 3 * 10 * 5, turns: 0, draws: 1 });
    expect(row.row).to.include({ uniformFetches: 9, fmaPerTurn: 9 * 4 * 4 });
    expect(planOf(own, 'depthwise', 'depthwise-2x2x2').multiplyAdds).to.equal(120 * 20 * 9);
  });

  it('has the fragments and turns of the general programs', () => {
    const general = onlyPass(own, planOf(own, 'dense', 'general'));
    expect(general).to.include({ fragments: 120 * 10, turns: 5 * 9, draws: 1 });
    const ofOne = onlyPass(own, planOf(own, 'depthwise', 'depthwise-general'));
    expect(ofOne).to.include({ fragments: 120 * 5, turns: 9, draws: 1 });
  });

  it('has all passes of a Winograd convolution, the output last', () => {
    const { passes } = planOf(own, 'square', 'winograd-4x2x1', '2x2x2');
    const familyOf = (name: string) => own.programs.find((row) => row.name === name)!.family;
    expect(passes.map(({ program }) => familyOf(program))).to.deep.equal([
      ...['winogradInput', 'winogradInput', 'winogradInput', 'winogradInput'],
      ...['winogradProducts', 'winogradOutput'],
    ]);
    const counts = passes.map(({ fragments, turns }) => [fragments, turns]);
    // One of two parts of the 16 patches, and half of its components, for 8 slices.
    for (const input of counts.slice(0, 4)) expect(input).to.deep.equal([8 * 8, 0]);
    // 16 components of 4 times 4 patches and 4 pairs of slices; a turn reads 2 of 8 slices.
    expect(counts[4]).to.deep.equal([16 * 4 * 4, 4]);
    expect(counts[5]).to.deep.equal([2 * 4 * 8, 0]);
    const products = own.programs.find(({ family }) => family === 'winogradProducts')!;
    expect(products).to.include({ uniformFetches: 16, fmaPerTurn: 256 });
  });

  it('has fragments, turns and multiply-adds whose product is the work of a layer of whole tiles', () => {
    const whole: Layer = { ...dense, height: 8, width: 8, inChannels: 64, outChannels: 64 };
    for (const of of [limits, textures]) {
      for (const layer of [whole, { ...whole, filterHeight: 1, filterWidth: 1, id: 'pointwise' }]) {
        const listing = listingOf([layer], of);
        let checked = 0;
        for (const plan of listing.plans.filter(({ variant }) => /direct|block/.test(variant))) {
          const { fragments, turns, row } = onlyPass(listing, plan);
          expect(fragments * turns * row.fmaPerTurn!, plan.variant).to.equal(plan.multiplyAdds);
          checked++;
        }
        expect(checked).to.be.above(20);
      }
    }
  });
});

describe('the limits of a usual device', () => {
  it('are those of its family', () => {
    const of = (name: string) => deviceLimits(profileNamed(name));
    expect(of('nvidia')).to.include({ maxTargets: 8, sharesTextures: true, maxBlockBytes: 65_536 });
    expect(of('mali-valhall').maxTargets).to.equal(4);
    expect(of('apple').maxBlockBytes).to.equal(16_384);
    expect(of('llvmpipe').sharesTextures).to.equal(false);
    for (const profile of profiles) expect(deviceLimits(profile).device).to.equal(profile);
  });
});
