/** The benchmark report's additions to the reports' style sheet. */
export const benchStyle = /* css */ `
:root {
  --vs1: light-dark(#c98a1b, #d9a441); --vs2: light-dark(#8a5fc0, #b08ae0);
  --vs3: light-dark(#2a9d8f, #4fc3b5); --vs4: light-dark(#c2557a, #e07a9c);
  --vs5: light-dark(#7d8a2e, #b3c25a);
}
th, td { padding: .3rem .5rem; }
.figures { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin-top: 1rem; }
.figures div { border: 1px solid var(--line); border-radius: 10px; padding: .6rem .8rem; background: var(--card); }
.figures b { display: block; font-size: 1.5rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: .85rem; line-height: 1.35; display: block; overflow-wrap: anywhere; }
.layer { display: grid; grid-template-columns: 13.5rem 1fr 3.6rem; gap: .7rem; align-items: stretch; font-size: .82rem; line-height: 1.5; }
.layer > span:first-child { white-space: nowrap; }
.layer b { font-weight: 500; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.plot {
  position: relative; min-height: 1.35rem;
  background-image: var(--lines); background-position: var(--places);
  background-size: 1px 100%; background-repeat: no-repeat;
}
.scale .plot { background: none; }
.plot s { position: absolute; transform: translateX(-50%); text-decoration: none; white-space: nowrap; color: var(--soft); font-size: .75rem; }
.plot i.ours { background: var(--ours); } .plot i.slow { background: var(--bad); }
.plot > i { position: absolute; top: .25rem; bottom: .25rem; min-width: 2px; border-radius: 2px; }
.plot u { position: absolute; top: 50%; height: 1.5px; background: var(--ink); opacity: .65; }
.plot em { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: var(--soft); }
.group { display: grid; gap: 1px; padding: .3rem 0; }
.group i { height: .42rem; min-width: 2px; border-radius: 0 2px 2px 0; }
.group i.none { background: none; }
.vs0 { background: var(--stock); } .vs1 { background: var(--vs1); } .vs2 { background: var(--vs2); }
.vs3 { background: var(--vs3); } .vs4 { background: var(--vs4); } .vs5 { background: var(--vs5); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .85rem; margin: .6rem 0; }
.legend span::before { content: ''; display: inline-block; width: .8em; height: .8em; border-radius: 3px; margin-right: .4em; background: var(--key); vertical-align: -.05em; }
svg { display: block; width: 100%; height: auto; font-size: 12px; margin-top: .6rem; }
svg text { fill: var(--soft); } svg .axis { fill: var(--ink); }
svg .grid line { stroke: var(--line); }
svg .roof { fill: none; stroke: var(--ink); stroke-width: 2; }
svg .limit { fill: var(--ink); font-size: 11px; }
svg circle { stroke: var(--card); stroke-width: 1; }
svg .g0 { fill: var(--ours); } svg .g1 { fill: var(--vs1); } svg .g2 { fill: var(--vs2); } svg .g3 { fill: var(--vs3); }
svg.narrow, .narrow svg { display: none; }
.heatmap { --cool: light-dark(oklch(.89 .075 155), oklch(.40 .08 155)); --hot: light-dark(oklch(.83 .09 25), oklch(.40 .11 25)); }
.heatmap td { padding: .15rem .2rem; }
.heatmap td:first-child, .heatmap th:first-child { position: sticky; left: 0; background: var(--card); padding-right: .7rem; }
.heatmap th { padding: .35rem .3rem; font-size: .78rem; }
.heat { display: block; padding: .12rem .45rem; border-radius: 5px; border: 2px solid transparent; background: color-mix(in oklch, var(--cool), var(--hot) var(--heat)); }
.heat.chosen { border-color: var(--ink); font-weight: 600; }
@media (max-width: 40rem) {
  .layer { grid-template-columns: 1fr 3.2rem; gap: 0 .5rem; margin-top: .3rem; }
  .layer > span:first-child { grid-column: span 2; font-size: .78rem; }
  .scale span:first-child:not(.plot) { display: none; }
  .wide svg { display: none; } .narrow svg { display: block; }
  .card { padding: 1rem .8rem; }
  th, td { padding: .3rem .35rem; }
}
`;
