/** Style sheet of the reports: light and dark, from a phone's width up. */
export const reportStyle = /* css */ `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f6f3, #121316);
  --card: light-dark(#ffffff, #1c1e23);
  --ink: light-dark(#1c1c1a, #ececea);
  --soft: light-dark(#62625d, #a2a29c);
  --line: light-dark(#e2e1dc, #33363d);
  --ours: light-dark(#1f6fd0, #5b9ff0);
  --stock: light-dark(#a9a89f, #6d7078);
  --good: light-dark(#1c7a3d, #6ccb8b);
  --bad: light-dark(#b3261e, #ff8a80);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 62rem;
  background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 0; }
h3 { font-size: .95rem; margin: 1.6rem 0 .6rem; }
p { margin: .3rem 0; }
.soft { color: var(--soft); font-size: .9rem; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 1.25rem; margin-top: 1.25rem;
}
.verdict { font-size: 1.05rem; margin-top: .7rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
.pictures { display: grid; gap: .9rem; grid-template-columns: repeat(var(--columns), 1fr); }
.aside { grid-column: span 2; margin: auto 0; font-size: .95rem; font-weight: 600; text-align: right; }
figure { margin: 0; }
figure img {
  display: block; width: 100%; aspect-ratio: 1; border-radius: 8px; background: #000;
  image-rendering: pixelated;
}
figcaption { font-size: .85rem; margin-top: .35rem; line-height: 1.35; }
figcaption span { display: block; color: var(--soft); }
.charts { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
.bar { display: grid; grid-template-columns: 6rem 1fr; gap: .6rem; align-items: center; margin: .3rem 0; font-size: .9rem; }
.track { display: flex; align-items: center; gap: .5rem; min-width: 0; }
.track i { flex: none; height: 1.05rem; min-width: 2px; border-radius: 0 4px 4px 0; background: var(--stock); }
.track.ours i { background: var(--ours); }
.track b { font-weight: 500; white-space: nowrap; font-variant-numeric: tabular-nums; }
.lead { font-size: 1.15rem; font-weight: 600; margin: .6rem 0; }
.detections { display: grid; gap: 1rem 1.5rem; grid-template-columns: minmax(0, 24rem) minmax(0, 1fr); align-items: start; }
.faces { position: relative; } .faces img { image-rendering: auto; }
.faces svg { position: absolute; inset: 0 0 auto; width: 100%; aspect-ratio: 1; }
.faces rect { fill: none; stroke: #4da3ff; stroke-width: 3; } .faces circle { fill: #ffe14d; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th { font-weight: 500; color: var(--soft); }
th, td { padding: .35rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr:last-child td { border-bottom: 0; }
tr.ours td:first-child { font-weight: 600; }
details { margin-top: 1rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--soft); }
footer { margin-top: 2rem; }
@media (max-width: 40rem) {
  .pictures { grid-template-columns: repeat(2, 1fr); }
  .aside { text-align: left; margin-top: .8rem; }
  .detections { grid-template-columns: minmax(0, 1fr); }
}
`;
