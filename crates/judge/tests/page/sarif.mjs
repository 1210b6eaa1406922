// Holds SARIF reports to the JSON schema of SARIF 2.1.0, which the package @microsoft/jest-sarif (MIT) carries.
// usage: node sarif.mjs REPORT...
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The packages are in the folder from which the script is called.
const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const Ajv = require('ajv-draft-04').default;
const addFormats = require('ajv-formats').default;
const schema = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');

// A pattern of the schema is no regular expression of Unicode mode.
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats(ajv);
const validate = ajv.compile(schema);
const problems = (log) => (validate(log) ? [] : validate.errors.map((it) => `${it.instancePath}: ${it.message}`));

for (const file of process.argv.slice(2)) {
  const log = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(problems(log).slice(0, 10), [], file);
  const [{ results, tool, invocations: [{ startTimeUtc }] }] = log.runs;
  for (const { ruleId, ruleIndex } of results) assert.equal(tool.driver.rules[ruleIndex].id, ruleId, 'the rule of a result');
  // The schema does refuse something.
  for (const broken of [{ ...log, version: '2.0.0' }, { ...log, runs: [{ ...log.runs[0], tool: {} }] }]) {
    assert.notDeepEqual(problems(broken), [], 'a log without a tool or of another version');
  }
  console.log(`SARIF 2.1.0: ${file} of ${startTimeUtc} is valid, ${results.length} results, ${tool.driver.rules.length} rules`);
}
