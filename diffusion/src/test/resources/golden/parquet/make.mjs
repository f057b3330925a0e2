// The files beside this one: node make.mjs OUT COMPRESSION ROWS_OF_A_GROUP FROM TO dict FOLDER, by apache-arrow and parquet-wasm 0.8.0.
import * as arrow from 'apache-arrow';
import fs from 'fs'; import path from 'path';
import pw from 'parquet-wasm';
const [out, codec, group, from, to, dict, ...roots] = process.argv.slice(2);
const root = roots[0];
const names = fs.readdirSync(root).filter(n => fs.statSync(path.join(root, n)).isDirectory()).sort();
const files = [];
names.forEach((n, i) => fs.readdirSync(path.join(root, n)).sort().forEach(f => files.push([f, path.join(root, n, f), i])));
files.sort((a, b) => a[0] < b[0] ? -1 : 1);
const part = files.slice(+from, +to);
const struct = new arrow.Struct([new arrow.Field('bytes', new arrow.Binary(), true), new arrow.Field('path', new arrow.Utf8(), true)]);
const ib = arrow.makeBuilder({ type: struct, nullValues: [null] });
const lb = arrow.makeBuilder({ type: new arrow.Int64(), nullValues: [null] });
for (const [f, p, l] of part) { ib.append({ bytes: fs.readFileSync(p), path: f }); lb.append(BigInt(l)); }
const hf = JSON.stringify({ info: { features: { image: { _type: 'Image' }, label: { names, _type: 'ClassLabel' } } } });
const schema = new arrow.Schema([new arrow.Field('image', struct, true), new arrow.Field('label', new arrow.Int64(), true)], new Map([['huggingface', hf]]));
const image = ib.finish().toVector(), label = lb.finish().toVector();
const batch = new arrow.RecordBatch(schema, arrow.makeData({ type: new arrow.Struct(schema.fields), length: part.length, children: [image.data[0], label.data[0]] }));
const table = new arrow.Table(schema, [batch]);
const ipc = arrow.tableToIPC(table, 'stream');
const props = new pw.WriterPropertiesBuilder().setCompression(pw.Compression[codec]).setMaxRowGroupSize(+group).setDictionaryEnabled(dict === 'dict').setKeyValueMetadata(new Map([['huggingface', hf]])).build();
fs.writeFileSync(out, pw.writeParquet(pw.Table.fromIPCStream(ipc), props));
console.log(out, part.length, fs.statSync(out).size);
