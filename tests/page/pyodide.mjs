// Run a Python script in Pyodide, on this machine's files, and exit as it does.
//
//   node pyodide.mjs PYODIDE SCRIPT ARGUMENT...
//
// PYODIDE is the folder with Pyodide: the npm package, or what the generator page loads. The script
// sees the current folder, and those among its arguments, under their own paths.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, script, ...args] = process.argv.slice(2);
const part = (name) => join(resolve(folder), name);
const isPage = existsSync(part("python.zip"));
const module = part(isPage ? "pyodide.js" : "pyodide.mjs");
const { loadPyodide } = await import(pathToFileURL(module));
const page = isPage && {
  stdLibURL: part("python.zip"),
  lockFileContents: JSON.parse(readFileSync(part("build.json"), "utf8")).lock,
};
const env = { HOME: "/", PYTHONDONTWRITEBYTECODE: "1" };
const pyodide = await loadPyodide({ args: [script, ...args], env, ...page });

const folders = args.filter((path) => existsSync(path) && statSync(path).isDirectory());
for (const root of [process.cwd(), ...folders.map((path) => resolve(path))]) {
  pyodide.FS.mkdirTree(root);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, root);
}
pyodide.FS.chdir(process.cwd());

const program = `
import sys

def run(script):
    with open(script, encoding="utf-8") as source:
        code = compile(source.read(), script, "exec", dont_inherit=True)
    try:
        exec(code, {"__name__": "__main__"})
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0

sys.argv = ${JSON.stringify([script, ...args])}
run(sys.argv[0])
`;
try {
  process.exitCode = pyodide.runPython(program);
} catch (error) {
  // Node would print the line that threw: the whole of Pyodide.
  console.error(error.message);
  process.exitCode = 1;
}
