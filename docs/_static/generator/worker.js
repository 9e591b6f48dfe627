// The worker: starts Python and passes questions on to it.
//
// It receives { id, name, values, files } and sends { id, answer } or { id, error }, with isOver if it
// can no longer be used; before that, { progress } from 0 to 1, and in the end { ready } or
// { failure }.

import { loadPyodide } from "./python/pyodide.js";

const PYTHON = new URL("python/", import.meta.url).href;
const FILES = "/files";

const python = start();
python.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failure: error.message }),
);

addEventListener("message", async ({ data: { id, name, values, files } }) => {
  // If Python has not started, the page already knows why.
  const pyodide = await python.catch(() => null);
  if (!pyodide) return;
  try {
    const answer = files
      ? withFiles(pyodide, files, (paths) => call(pyodide, name, [paths]))
      : call(pyodide, name, values);
    postMessage({ id, answer });
  } catch (error) {
    // The last line of a traceback says what has happened. Errors other than Python's, such as too
    // deep a recursion, end Python.
    const lastLine = error.message.trim().split("\n").at(-1);
    postMessage({ id, error: lastLine, isOver: error.name !== "PythonError" });
  }
});

async function start() {
  const { size, lock } = await (await fetch(`${PYTHON}build.json`)).json();
  watchFetches(size);
  const pyodide = await loadPyodide({
    indexURL: PYTHON,
    stdLibURL: `${PYTHON}python.zip`,
    lockFileContents: lock,
    packageBaseUrl: PYTHON,
  });
  pyodide.FS.mkdir(FILES);
  // While the fields are filled in, so that the first answer does not wait for it.
  pyodide.pyimport("generator_page");
  return pyodide;
}

// Report how many of the octets have been loaded, and what cannot be loaded: then `loadPyodide`
// never settles.
function watchFetches(size) {
  const load = fetch;
  let loaded = 0;
  const fail = (error) => postMessage({ failure: error.message });
  self.fetch = async (...request) => {
    try {
      const response = await load(...request);
      const name = response.url.split("/").at(-1);
      if (!response.ok) throw new Error(`${name}: status ${response.status}`);
      count(response.clone().body.getReader()).catch(fail);
      return response;
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  async function count(reader) {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      loaded += part.value.length;
      postMessage({ progress: loaded / size });
    }
  }
}

// JSON, since strings that are not well-formed Unicode survive in it.
function call(pyodide, name, values) {
  const module = pyodide.pyimport("generator_page");
  return JSON.parse(module.answer(name, JSON.stringify(values)));
}

// Python reads the files where they are: they are not copied.
function withFiles(pyodide, files, use) {
  const { FS } = pyodide;
  const blobs = files.map((file, index) => ({ name: String(index), data: file }));
  FS.mount(FS.filesystems.WORKERFS, { blobs }, FILES);
  try {
    return use(files.map((file, index) => [file.name, `${FILES}/${index}`]));
  } finally {
    FS.unmount(FILES);
  }
}
