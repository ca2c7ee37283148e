// node-quickbooks: batches of 30, one after the other.
'use strict';

const fs = require('node:fs');
const QuickBooks = require('node-quickbooks');

const TOGETHER = 30;
const ITEM_IDS = { Desk: '71', Room: '72', Post: '73' };
const [address, file] = process.argv.slice(2);

function read() {
  const [head, ...lines] = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  const names = head.split(',');
  const invoices = new Map();
  for (const line of lines) {
    const cells = line.split(',');
    const row = Object.fromEntries(names.map((name, place) => [name, cells[place]]));
    if (!invoices.has(row.Number)) invoices.set(row.Number, []);
    invoices.get(row.Number).push(row);
  }
  return [...invoices.values()];
}

function invoice(rows) {
  return {
    DocNumber: rows[0].Number,
    TxnDate: rows[0].Date,
    DueDate: rows[0].Date,
    CustomerRef: { value: '1' },
    Line: rows.map((row) => ({
      DetailType: 'SalesItemLineDetail',
      Amount: Math.round(row.Quantity * row.Price * 100) / 100,
      Description: row.What,
      SalesItemLineDetail: {
        ItemRef: { value: ITEM_IDS[row.What] },
        Qty: Number(row.Quantity),
        UnitPrice: Number(row.Price),
      },
    })),
  };
}

async function main() {
  const began = process.hrtime.bigint();
  const used = process.cpuUsage();
  QuickBooks.V3_ENDPOINT_BASE_URL = `${address}/v3/company/`;
  const books = new QuickBooks(
    'app', 'any', 'any', false, '9130350000000001', true, false, 75, '2.0', 'any');
  const items = read().map((rows, place) => (
    { bId: String(place), operation: 'create', Invoice: invoice(rows) }));
  for (let at = 0; at < items.length; at += TOGETHER) {
    await new Promise((resolve, reject) => {
      books.batch(items.slice(at, at + TOGETHER), (error, done) => (
        error ? reject(error) : resolve(done)));
    });
  }
  const took = process.cpuUsage(used);
  console.log(JSON.stringify({
    wall: Number(process.hrtime.bigint() - began) / 1e9,
    cpu: (took.user + took.system) / 1e6,
  }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
