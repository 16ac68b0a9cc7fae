/** Checks the shape of results that were read from a file. */

type Fields = Record<string, unknown>;

/** @returns the first error, such as `scenarios[0].rows is no list`; null: there is none */
export function flawOf(results: unknown, format: number): string | null {
  try {
    const fields = fieldsOf(results, 'it');
    if (fields.format !== format) throw new Flaw(`its format is not ${format}`);
    checkHeader(fieldsOf(fields.header, 'header'));
    eachOf(fields.scenarios, 'scenarios', checkScenario);
    eachOf(fields.unavailable, 'unavailable', (one, at) => checkTexts(one, at, 'label', 'how'));
    eachOf(fields.refused, 'refused', (one, at) =>
      checkTexts(one, at, 'scenario', 'contender', 'reason'),
    );
    return null;
  } catch (error) {
    if (error instanceof Flaw) return error.message;
    throw error;
  }
}

class Flaw extends Error {}

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Flaw(`${at} is no object`);
}

function eachOf(
  value: unknown,
  at: string,
  check: (one: Fields, at: string) => void = () => {},
): void {
  if (!Array.isArray(value)) throw new Flaw(`${at} is no list`);
  value.forEach((one, i) => {
    check(fieldsOf(one, `${at}[${i}]`), `${at}[${i}]`);
  });
}

function checkTexts(fields: Fields, at: string, ...names: string[]): void {
  const wrong = names.find((name) => typeof fields[name] !== 'string');
  if (wrong !== undefined) throw new Flaw(`${at}.${wrong} is no text`);
}

function checkHeader(header: Fields): void {
  checkTexts(header, 'header', 'date', 'machine', 'kernel', 'commit', 'command');
  fieldsOf(header.versions, 'header.versions');
  if (header.cpus !== null) fieldsOf(header.cpus, 'header.cpus');
  if (header.notes !== undefined && !Array.isArray(header.notes)) {
    throw new Flaw('header.notes is no list');
  }
  const wrong = ['rounds', 'load'].find((name) => typeof header[name] !== 'number');
  if (wrong !== undefined) throw new Flaw(`header.${wrong} is no number`);
}

function checkScenario(scenario: Fields, at: string): void {
  checkTexts(scenario, at, 'name', 'title', 'text');
  for (const [name, metric] of Object.entries(fieldsOf(scenario.metrics, `${at}.metrics`))) {
    const where = `${at}.metrics.${name}`;
    checkTexts(fieldsOf(metric, where), where, 'label', 'unit', 'better');
  }
  eachOf(scenario.cells, `${at}.cells`, (cell, at) => checkTexts(cell, at, 'id', 'label'));
  eachOf(scenario.contenders, `${at}.contenders`, (contender, at) =>
    checkTexts(contender, at, 'name', 'label', 'family', 'base'),
  );
  if (!Array.isArray(scenario.notes)) throw new Flaw(`${at}.notes is no list`);
  // A ratio is taken round by round, so all have as many.
  let rounds: number | undefined;
  eachOf(scenario.rows, `${at}.rows`, (row, at) => {
    checkTexts(row, at, 'cell', 'contender');
    for (const [metric, values] of Object.entries(fieldsOf(row.values, `${at}.values`))) {
      const count = numbersIn(values, `${at}.values.${metric}`);
      rounds ??= count;
      if (count !== rounds)
        throw new Flaw(`${at}.values.${metric} has ${count} of ${rounds} rounds`);
    }
  });
}

/** How many there are. */
function numbersIn(values: unknown, at: string): number {
  if (!Array.isArray(values) || values.length === 0) throw new Flaw(`${at} is no list of numbers`);
  if (values.some((value) => typeof value !== 'number')) throw new Flaw(`${at} is not all numbers`);
  return values.length;
}
