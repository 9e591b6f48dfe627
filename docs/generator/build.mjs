// Build what the generator page loads: Pyodide, and the Python that it runs in one archive.
//
//   node build.mjs PYODIDE OUT FOLDER...
//
// PYODIDE is the npm package, OUT the folder to write, and each FOLDER has Python modules.

import {
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [source, out, ...folders] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(join(source, "pyodide.mjs")));

// The order of sets must not change from one build to the next.
const pyodide = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
pyodide.runPython(readFileSync(new URL("pack.py", import.meta.url), "utf8"));
const mounted = folders.map((folder, index) => {
  const path = `/modules/${index}`;
  pyodide.FS.mkdirTree(path);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: folder }, path);
  return path;
});

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const archive = pyodide.globals.get("pack")(...mounted).toJs();
writeFileSync(join(out, "python.zip"), archive);
// Scripts by the name of .js: some servers, such as Debian's nginx, take .mjs for something else.
const [start, main] = ["pyodide", "pyodide.asm"].map((name) =>
  readFileSync(join(source, `${name}.mjs`), "utf8"),
);
if (start.split("pyodide.asm.mjs").length !== 2) throw new Error("pyodide.mjs has changed");
writeFileSync(join(out, "pyodide.js"), start.replace("pyodide.asm.mjs", "pyodide.asm.js"));
writeFileSync(join(out, "pyodide.asm.js"), main);
copyFileSync(join(source, "pyodide.asm.wasm"), join(out, "pyodide.asm.wasm"));

// What the page has to know: how much there is to load, since servers may compress it, and a lock
// file for Pyodide that names no package.
const { info } = JSON.parse(readFileSync(join(source, "pyodide-lock.json"), "utf8"));
const size = ["python.zip", "pyodide.asm.wasm"]
  .map((name) => statSync(join(out, name)).size)
  .reduce((sum, each) => sum + each);
writeFileSync(join(out, "build.json"), JSON.stringify({ size, lock: { info, packages: {} } }));

// The licenses of all that: those that the wheels do not bring are kept here.
cpSync(new URL("licenses", import.meta.url), join(out, "licenses"), { recursive: true });
for (const folder of folders) {
  for (const path of globSync("*.dist-info/{,licenses/}LICENSE*", { cwd: folder })) {
    const [name] = path.split("-");
    copyFileSync(join(folder, path), join(out, "licenses", `${name}.txt`));
  }
}
