// Makes build/frontend/: the few browser files both servers serve, minified and without source-map comments.
// Only published builds are used as they are; joining and minifying is all that happens here.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const modules = path.join(root, 'node_modules');
const target = path.join(root, 'build', 'frontend');
const fresh = path.join(root, 'build', 'frontend.new');

// Each target is its sources, one after another: FullCalendar's global build must stand before its theme.
const joined = {
  'temporal-polyfill.js': ['temporal-polyfill/global.js'],
  'fullcalendar.js': ['fullcalendar/all/global.js', '@fullcalendar/bootstrap5/global.js'],
  'fullcalendar.css': ['fullcalendar/skeleton.css', '@fullcalendar/bootstrap5/theme.css'],
  // The sandbox's calendar wears another theme, so that nobody takes it for the BMS.
  'fullcalendar-sandbox.js': ['fullcalendar/all/global.js', 'fullcalendar/themes/breezy/global.js'],
  'fullcalendar-sandbox.css': ['fullcalendar/skeleton.css', 'fullcalendar/themes/breezy/theme.css'],
  'bootstrap.js': ['bootstrap/dist/js/bootstrap.bundle.js'],
  'bootstrap.css': ['bootstrap/dist/css/bootstrap.css'],
  'bootstrap-icons.css': ['bootstrap-icons/font/bootstrap-icons.css'],
};
const copied = {
  'fonts/bootstrap-icons.woff2': 'bootstrap-icons/font/fonts/bootstrap-icons.woff2',
  'fonts/bootstrap-icons.woff': 'bootstrap-icons/font/fonts/bootstrap-icons.woff',
};

async function join(name, sources) {
  const texts = await Promise.all(sources.map((source) => readFile(path.join(modules, source), 'utf8')));
  const loader = path.extname(name).slice(1);
  const { code } = await esbuild.transform(texts.join('\n'), { loader, minify: true, target: 'es2020', legalComments: 'inline' });
  // The fonts' names are hashed by the static files storage; the query the package adds would only hide that.
  const plain = code.replaceAll(/(fonts\/bootstrap-icons\.woff2?)\?[0-9a-f]+/g, '$1');
  await writeFile(path.join(fresh, name), plain);
}

await rm(fresh, { recursive: true, force: true });
await mkdir(path.join(fresh, 'fonts'), { recursive: true });
await Promise.all(Object.entries(joined).map(([name, sources]) => join(name, sources)));
for (const [name, source] of Object.entries(copied)) {
  await writeFile(path.join(fresh, name), await readFile(path.join(modules, source)));
}
await rm(target, { recursive: true, force: true });
await rename(fresh, target); // the folder is either whole or absent
