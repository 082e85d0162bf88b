/** The validator page's additions to the reports' style sheet. */
import { reportStyle } from '../../report/style.js';

export const pageStyle = /* css */ `${reportStyle}
:root {
  --pass: light-dark(#1f6fd0, #5b9ff0);
  --stockbad: light-dark(#f4c96b, #8a6414);
  --onbad: light-dark(#ffffff, #2b0b08);
}
body { max-width: 76rem; padding: 1.5rem clamp(.75rem, 3vw, 2rem) 4rem; }
h2 { margin-bottom: .6rem; }
.mono { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: .84em; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--ours); outline-offset: 2px; }
[hidden] { display: none !important; }
.row { display: flex; flex-wrap: wrap; gap: .7rem 1rem; align-items: end; }
.row + .row { margin-top: .9rem; }
.field { display: grid; gap: .2rem; font-size: .9rem; min-width: 0; }
.field > span, legend { color: var(--soft); font-size: .8rem; padding: 0; }
.field.wide { flex: 1 1 16rem; }
fieldset { border: 0; min-width: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .9rem; }
fieldset label { display: flex; gap: .4rem; align-items: center; min-height: 2.55rem; }
select, input:not([type]), input[type=search], button, .button {
  font: inherit; font-size: .92rem; color: inherit; background: var(--card); min-height: 2.4rem;
  border: 1px solid var(--line); border-radius: 8px; padding: .35rem .7rem; max-width: 100%;
}
select, input:not([type]), input[type=search] { width: 100%; border-color: color-mix(in srgb, var(--soft) 55%, var(--line)); }
input[type=checkbox] { width: 1.1rem; height: 1.1rem; accent-color: var(--ours); margin: 0; }
button, .button { cursor: pointer; display: inline-flex; align-items: center; gap: .4rem; color: var(--ink); text-decoration: none; }
button:hover, .button:hover { border-color: var(--soft); }
button:disabled { opacity: .45; cursor: default; }
button.primary { background: var(--ours); border-color: var(--ours); color: light-dark(#fff, #0c1726); font-weight: 600; min-width: 6rem; justify-content: center; }
.file { position: relative; } .file input { position: absolute; inset: 0; opacity: 0; width: 100%; cursor: pointer; }
.file:focus-within { outline: 3px solid var(--ours); outline-offset: 2px; }
.progress { margin-top: .9rem; display: grid; gap: .3rem; font-size: .9rem; color: var(--soft); font-variant-numeric: tabular-nums; }
progress { width: 100%; height: .55rem; accent-color: var(--ours); }
.chips { display: flex; flex-wrap: wrap; gap: .5rem; margin: .7rem 0 0; }
.chips button { border-radius: 99px; gap: .55rem; font-variant-numeric: tabular-nums; }
.chips button[aria-pressed=true] { border-color: var(--ours); box-shadow: inset 0 0 0 1px var(--ours); }
.mark { display: inline-grid; place-items: center; min-width: 1.5em; height: 1.5em; border-radius: 5px; font-weight: 700; font-size: .85em; }
.pass { --tint: 14%; background: color-mix(in oklab, var(--pass) var(--tint), var(--card)); }
.shade1 { --tint: 24%; } .shade2 { --tint: 36%; } .shade3 { --tint: 48%; } .shade4 { --tint: 62%; }
.backendWrong { background: var(--bad); color: var(--onbad); }
.bothWrong { color: var(--onbad); background: repeating-linear-gradient(45deg, var(--bad) 0 6px, color-mix(in oklab, var(--bad), light-dark(#000, #fff) 35%) 6px 12px); }
.stockWrong { background: repeating-linear-gradient(45deg, var(--stockbad) 0 5px, color-mix(in oklab, var(--stockbad) 70%, var(--card)) 5px 10px); }
.xfail { background: color-mix(in oklab, var(--bad) 22%, var(--card)); }
.xpass { background: var(--ink); color: var(--card); }
.skipped { background: transparent; color: var(--soft); box-shadow: inset 0 0 0 1px var(--line); }
.maps { display: grid; gap: 1.2rem 2rem; grid-template-columns: minmax(0, 1fr); }
.maps.two { grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); } .maps > * { min-width: 0; }
.map { width: auto; border-spacing: 2px; border-collapse: separate; }
.map th { font-size: .8rem; padding: .15rem .4rem; border: 0; text-align: center; }
.map tbody th { text-align: right; position: sticky; left: 0; background: var(--card); z-index: 1; padding-left: 0; }
.map td { padding: 0; border: 0; min-width: clamp(3rem, 6vw, 4.6rem); height: 2.2rem; }
.map button { width: 100%; min-height: 2.1rem; height: 100%; padding: 0 .1rem; border: 0; border-radius: 5px; font-size: .78rem; justify-content: center; gap: .2rem; font-variant-numeric: tabular-nums; color: var(--ink); }
.map button.backendWrong, .map button.bothWrong { color: var(--onbad); font-weight: 700; }
.map button.xpass { color: var(--card); font-weight: 700; }
.map button.skipped { color: var(--soft); background: transparent; }
.map button.changed { outline: 2px dashed var(--ink); outline-offset: -3px; }
.map button:focus-visible { outline: 3px solid var(--ours); outline-offset: 1px; }
.axis { text-align: left !important; color: var(--soft); font-weight: 400; }
.legend { display: flex; flex-wrap: wrap; gap: .4rem 1.1rem; margin-top: .9rem; font-size: .82rem; color: var(--soft); }
.legend span { display: inline-flex; gap: .4rem; align-items: center; }
.legend .mark { color: var(--ink); } .legend .backendWrong, .legend .bothWrong { color: var(--onbad); } .legend .xpass { color: var(--card); }
.ramp { display: inline-flex; } .ramp i { width: 1.3rem; height: 1rem; } .ramp i:first-child { border-radius: 4px 0 0 4px; } .ramp i:last-child { border-radius: 0 4px 4px 0; }
.cases td, .cases th { padding: .35rem .6rem; vertical-align: middle; }
.cases .left { text-align: left; }
.cases .id { text-align: left; white-space: normal; width: 100%; }
.cases .id button { border: 0; background: none; padding: .2rem 0; text-align: left; min-height: 2rem; color: var(--ours); display: inline; }
.cases .id button:hover { text-decoration: underline; }
.cases .id small { color: var(--soft); white-space: nowrap; }
.headline { font-size: 1.15rem; font-weight: 600; margin: 0 0 .6rem; }
.verdictcell { position: relative; display: inline-flex; gap: .5rem; align-items: center; white-space: nowrap; }
.pager { margin-top: .8rem; align-items: center; }
footer a { color: var(--ours); }
dialog { color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.25rem; width: min(48rem, calc(100vw - 1.5rem)); max-height: calc(100vh - 2rem); overflow: auto; }
dialog::backdrop { background: rgb(0 0 0 / .45); }
dialog .facts { table-layout: auto; } dialog .facts th { text-align: left; vertical-align: top; padding-left: 0; }
dialog .facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; vertical-align: top; }
dialog .id { margin: .2rem 0 .8rem; }
dialog .head { display: flex; justify-content: space-between; gap: 1rem; align-items: start; }
dialog .facts { margin: .8rem 0; } dialog .facts tr:last-child > * { border: 0; }
dialog .others { display: grid; gap: .1rem; max-height: 14rem; overflow: auto; padding: 4px; }
dialog .others button { border: 0; background: none; text-align: left; padding: .25rem .3rem; }
dialog .others button[aria-current=true] { background: var(--page); }
@media (max-width: 40rem) {
  .card { padding: 1rem .85rem; border-radius: 12px; }
  .phoneless, .cases .usual { display: none; }
  .controls .field { flex: 1 1 8rem; } .controls .field.wide { flex-basis: 100%; }
  .cases .verdictcell span:last-child, .others .verdictcell span:last-child { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}
@media (prefers-reduced-motion: no-preference) { .map button { transition: background .15s; } }
`;
