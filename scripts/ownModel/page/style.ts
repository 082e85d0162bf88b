/** The page's additions to the style sheet that it shares with the validator's page. */
import { pageStyle as shared } from '../../validator/page/style.js';

export const pageStyle = /* css */ `${shared}
body { max-width: 58rem; }
.drop { border: 2px dashed color-mix(in srgb, var(--soft) 55%, var(--line)); border-radius: 12px; padding: 1rem; }
.drop.over { border-color: var(--ours); background: color-mix(in oklab, var(--ours) 10%, var(--card)); }
.drop p { margin: 0 0 .7rem; }
input[type=url], input[type=number] {
  font: inherit; font-size: .92rem; color: inherit; background: var(--card); min-height: 2.4rem; width: 100%;
  border: 1px solid color-mix(in srgb, var(--soft) 55%, var(--line)); border-radius: 8px; padding: .35rem .7rem;
}
.row { margin-top: .9rem; } .middle { align-items: center; }
.message:empty { display: none; }
.field.narrow { flex: 0 1 6.5rem; }
.choices { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); }
.choices legend { padding-bottom: .2rem; }
.choices label:has(:disabled) { color: var(--soft); }
.sides .bar { grid-template-columns: 11rem 1fr; }
p { overflow-wrap: anywhere; }
#result { scroll-margin-top: 1rem; } #result h2:focus { outline: none; }
.message { margin-top: .9rem; }
@media (max-width: 40rem) {
  .choices { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
  .choices label { line-height: 1.25; }
  .sides .bar { grid-template-columns: 6.2rem 1fr; line-height: 1.25; }
  .scroll td:first-child { white-space: normal; }
  table { font-size: .82rem; }
  th, td { padding: .35rem .3rem; }
}
`;
