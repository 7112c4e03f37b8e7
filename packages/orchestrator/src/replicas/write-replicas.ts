import type { ListedFile } from './list-replicas.ts';

const text = (value: string | null) => (value === null ? 'null' : JSON.stringify(value));

const jsonLine = (file: ListedFile): string => {
  let pfns = '';
  const byRse = new Map<string, string>();
  for (const { pfn, rse, domain, priority, client_extract } of file.pfns) {
    const url = JSON.stringify(pfn);
    pfns += `${pfns ? ',' : ''}${url}:{"rse_id":"${rse.id}","rse":"${rse.rse}","type":"${rse.rse_type}","volatile":${rse.volatile},"domain":"${domain}","priority":${priority},"client_extract":${client_extract}}`;
    const before = byRse.get(rse.rse);
    byRse.set(rse.rse, before === undefined ? url : `${before},${url}`);
  }
  let rses = '';
  for (const [rse, urls] of byRse) rses += `${rses ? ',' : ''}"${rse}":[${urls}]`;
  let states = '';
  for (const [rse, state] of file.states) states += `${states ? ',' : ''}"${rse}":"${state}"`;
  const parents = file.parents ? `,"parents":${JSON.stringify(file.parents)}` : '';
  return `{"scope":${JSON.stringify(file.scope)},"name":${JSON.stringify(file.name)},"bytes":${file.bytes},"md5":${text(file.md5)},"adler32":${text(file.adler32)},"pfns":{${pfns}},"rses":{${rses}},"states":{${states}}${parents}}`;
};

/** The listing as lines of JSON text (several per item); the names of RSEs need no escapes. */
export async function* replicasAsJson(
  batches: AsyncIterable<ListedFile[]>,
): AsyncGenerator<string, void, undefined> {
  for await (const files of batches) if (files.length > 0) yield files.map(jsonLine).join('\n');
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** What XML cannot hold as it is; control characters cannot be held at all. */
export const escapeXml = (value: string): string =>
  value
    .replace(/[&<>"]/g, (letter) => escapes[letter]!)
    .replace(/\p{Cc}/gu, (letter) => (letter === '\n' || letter === '\t' ? letter : ''));

/** Whether the domain and client_extract of URLs are told (all but the redirects). */
const metalinkFile = (file: ListedFile, detailed: boolean): string => {
  const identity = escapeXml(`${file.scope}:${file.name}`);
  let xml = ` <file name="${escapeXml(file.name)}">\n`;
  if (file.parents && file.parents.length > 0) {
    xml += '  <parents>\n';
    for (const parent of file.parents) xml += `   <did>${escapeXml(parent)}</did>\n`;
    xml += '  </parents>\n';
  }
  xml += `  <identity>${identity}</identity>\n`;
  if (file.adler32 !== null) xml += `  <hash type="adler32">${escapeXml(file.adler32)}</hash>\n`;
  if (file.md5 !== null) xml += `  <hash type="md5">${escapeXml(file.md5)}</hash>\n`;
  xml += `  <size>${file.bytes}</size>\n  <glfn name="/generic/rucio/${identity}"></glfn>\n`;
  for (const { pfn, rse, domain, priority, client_extract } of file.pfns) {
    const details = detailed
      ? ` domain="${domain}" priority="${priority}" client_extract="${client_extract}"`
      : ` priority="${priority}"`;
    xml += `  <url location="${rse.rse}"${details}>${escapeXml(pfn)}</url>\n`;
  }
  return `${xml} </file>\n`;
};

/** The listing as one Metalink 4 document, piece by piece. Reference: Rucio REST contract 5.2. */
export async function* replicasAsMetalink(
  batches: AsyncIterable<ListedFile[]>,
  options: { detailed: boolean },
): AsyncGenerator<string, void, undefined> {
  let piece = '<?xml version="1.0" encoding="UTF-8"?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n';
  for await (const files of batches) {
    for (const file of files) piece += metalinkFile(file, options.detailed);
    if (piece) yield piece.slice(0, -1);
    piece = '';
  }
  yield `${piece}</metalink>`;
}
