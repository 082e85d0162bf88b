/** Style sheet of the device page, from a phone's width up. */
import { benchStyle } from '../../bench/report/style.js';
import { reportStyle } from '../../report/style.js';

export const deviceStyle = /* css */ `${reportStyle}${benchStyle}
body { max-width: 44rem; padding: 1.25rem clamp(.75rem, 4vw, 1.5rem) 4rem; }
h2 { margin-bottom: .6rem; }
.card { overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--ours); outline-offset: 2px; }
[hidden] { display: none !important; }
.work { position: fixed; left: 0; bottom: 0; width: 1px; height: 1px; border: 0; opacity: 0; pointer-events: none; }
.row { display: flex; flex-wrap: wrap; gap: .7rem; margin-top: 1rem; } .row:first-child { margin-top: 0; }
.charts h3 { margin-top: .3rem; }
button {
  font: inherit; color: var(--ink); background: var(--card); cursor: pointer; min-height: 2.9rem;
  border: 1px solid color-mix(in srgb, var(--soft) 55%, var(--line)); border-radius: 10px; padding: .5rem 1.1rem;
}
button:hover { border-color: var(--soft); }
button.primary { background: var(--ours); border-color: var(--ours); color: light-dark(#fff, #0c1726); font-weight: 600; min-width: 9rem; }
.now { display: flex; justify-content: space-between; flex-wrap: wrap; gap: .1rem 1rem; margin: 0 0 .5rem; font-variant-numeric: tabular-nums; }
.now b { font-weight: 600; }
progress { appearance: none; display: block; width: 100%; height: .6rem; border: 0; border-radius: 99px; overflow: hidden; background: var(--line); }
progress::-webkit-progress-bar { background: var(--line); }
progress::-webkit-progress-value { background: var(--ours); }
progress::-moz-progress-bar { background: var(--ours); }
.line { min-height: 2.6em; margin-top: .6rem; font-size: .9rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.parts { list-style: none; margin: 1.1rem 0 0; padding: 0; }
.parts li { display: grid; grid-template-columns: 1.7rem 1fr auto; align-items: baseline; padding: .5rem 0; border-top: 1px solid var(--line); }
.parts li > span:last-child { font-size: .85rem; color: var(--soft); text-align: right; font-variant-numeric: tabular-nums; }
.parts .mark { color: var(--soft); font-weight: 700; }
.parts .running .mark { color: var(--ours); } .parts .running { font-weight: 600; }
.parts .done .mark { color: var(--good); } .parts .failed .mark { color: var(--bad); }
.parts .failed > span:last-child { color: var(--bad); }
dl { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .35rem 1rem; margin: 0; font-size: .92rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
ol.steps { margin: .4rem 0 0; padding-left: 1.3rem; } ol.steps li { margin: .25rem 0; }
details ul { padding-left: 1.2rem; font-size: .85rem; }
@media (max-width: 40rem) {
  .card { padding: 1rem .85rem; border-radius: 12px; }
  .row button { flex: 1 1 9rem; }
}
`;
