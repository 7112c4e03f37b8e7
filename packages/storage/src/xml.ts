import { fail } from '@leman/contracts';

export interface XmlElement {
  namespace: string;
  name: string;
  children: XmlElement[];
}

const malformed = (why: string) => fail('InvalidValueForKey', `The body is not well-formed XML: ${why}.`);

const DEPTH_AT_MOST = 32;
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const nameSource = String.raw`[A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*`;
const tagPattern = new RegExp(
  `^<(/?)(?:(${nameSource}):)?(${nameSource})((?:\\s+[^<>"']+?\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`,
  'u',
);
const attributePattern = new RegExp(
  `(?:(${nameSource}):)?(${nameSource})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`,
  'gu',
);

/** Text with its references resolved; a bare ampersand is an error. */
const resolve = (text: string): string =>
  text.replace(/&([^;\s]*);?/g, (all, name: string) => {
    if (!all.endsWith(';')) throw malformed('a bare ampersand');
    const number = /^#(?:x([0-9a-f]+)|(\d+))$/i.exec(name);
    if (number) {
      const code = number[1] ? Number.parseInt(number[1], 16) : Number(number[2]);
      if (code > 0x10ffff) throw malformed('a character that does not exist');
      return String.fromCodePoint(code);
    }
    const value = entities[name];
    if (value === undefined) throw malformed(`unknown entity ${name.slice(0, 20)}`);
    return value;
  });

type Prefixes = Record<string, string>;

const readPrefixes = (attributes: string, outer: Prefixes): Prefixes => {
  const prefixes = { ...outer };
  for (const [, prefix, name, double, single] of attributes.matchAll(attributePattern)) {
    const value = resolve(double ?? single ?? '');
    if (prefix === 'xmlns') {
      if (value === '') throw malformed('a prefix without a namespace');
      prefixes[name!] = value;
    } else if (!prefix && name === 'xmlns') prefixes[''] = value;
  }
  return prefixes;
};

/**
 * Reads the XML of WebDAV requests: elements and namespaces. Document types are refused, so that no entity can be
 * defined (XML external entity attacks).
 * @throws InvalidValueForKey 400 when it is not well-formed
 */
export const parseXml = (text: string): XmlElement => {
  const top: XmlElement = { namespace: '', name: '', children: [] };
  const open: { element: XmlElement; tag: string; prefixes: Prefixes }[] = [];
  let rest = text.replace(/^\ufeff/, '').replace(/^<\?xml\s[^>]*\?>/, '');
  while (rest) {
    const parent = open.at(-1);
    if (!rest.startsWith('<')) {
      const end = rest.indexOf('<');
      const content = end < 0 ? rest : rest.slice(0, end);
      if (!parent && content.trim()) throw malformed('text outside of the elements');
      resolve(content);
      rest = rest.slice(content.length);
      continue;
    }
    const passed =
      /^(?:<!--(?:(?!--)[\s\S])*-->|<\?(?!xml\s)[\s\S]*?\?>)/.exec(rest) ??
      (parent ? /^<!\[CDATA\[[\s\S]*?\]\]>/.exec(rest) : null);
    if (passed) {
      rest = rest.slice(passed[0].length);
      continue;
    }
    const tag = tagPattern.exec(rest);
    if (!tag) throw malformed('a tag that cannot be read');
    rest = rest.slice(tag[0].length);
    const [, closing, prefix = '', name = '', attributes = '', selfClosing] = tag;
    const written = `${prefix}:${name}`;
    if (closing) {
      if (parent?.tag !== written || attributes || selfClosing)
        throw malformed('an end without its beginning');
      open.pop();
      continue;
    }
    if (!parent && top.children.length > 0) throw malformed('more than one top element');
    if (open.length >= DEPTH_AT_MOST) throw malformed('too many levels');
    const prefixes = readPrefixes(attributes, parent?.prefixes ?? {});
    if (prefix && prefixes[prefix] === undefined) throw malformed(`unknown prefix ${prefix.slice(0, 20)}`);
    const element = { namespace: prefixes[prefix] ?? '', name, children: [] };
    (parent?.element ?? top).children.push(element);
    if (!selfClosing) open.push({ element, tag: written, prefixes });
  }
  const [root] = top.children;
  if (!root || open.length > 0) throw malformed('it ends too early');
  return root;
};

/** Text for between tags and within attributes; what XML 1.0 cannot hold becomes a question mark. */
export const escapeXml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
    .replace(
      /[&<>"]/g,
      (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter,
    );
