// Counts records as the page does: node test.mjs PROGRAM
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { counter } from "./counter.mjs";

const count = await counter(readFileSync(process.argv[2]));
const records = "037833|10|0|COM||||||A||||||A|2024-01-15\n037833|10|7|COM|||||||||||||\n";
const countText = (text) => count(new TextEncoder().encode(text));
assert.equal(countText(`${records}999999|2\n`), 1);
assert.equal(countText(records), -1);
