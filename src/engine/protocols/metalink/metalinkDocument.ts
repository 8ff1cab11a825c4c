import { parseXml, XmlElement, type XmlError, XmlText } from '@rgrove/parse-xml';
import { TributaryError } from '../../../contract/errors.ts';

const VERSIONS: ReadonlyMap<string, 3 | 4> = new Map([
  ['urn:ietf:params:xml:ns:metalink', 4],
  ['http://www.metalinker.org/', 3],
]);

const MAX_LENGTH = 16 * 1024 * 1024;
/**
 * Start tags, end tags and attributes together. The shortest that 16 MiB of piece hashes can be written with stay below;
 * a text made of `<a/>` alone would become a gigabyte of elements. It also bounds the pieces.
 */
const MAX_MARKS = 1_000_000;

/** A Metalink as elements, its version and its namespace known. */
export class MetalinkDocument {
  readonly version: 3 | 4;
  readonly root: XmlElement;
  /** With its colon; empty when the namespace is the default one. */
  readonly #prefix: string;

  /**
   * @param text may begin with a byte order mark
   * @throws TributaryError `bad-metalink`
   */
  constructor(text: string) {
    const root = rootElement(text);
    const [local = '', prefix] = root.name.split(':').reverse();
    const namespace = root.attributes[prefix === undefined ? 'xmlns' : `xmlns:${prefix}`];
    const version = VERSIONS.get(namespace?.trim() ?? '');
    if (local !== 'metalink' || version === undefined) throw badMetalink('it is not a Metalink');
    this.version = version;
    this.root = root;
    this.#prefix = prefix === undefined ? '' : `${prefix}:`;
  }

  /** The children of that name in the Metalink's own namespace; whatever else there is belongs to extensions. */
  children(parent: XmlElement, name: string): XmlElement[] {
    const prefixed = this.#prefix + name;
    const { xmlns } = this.root.attributes;
    return parent.children.filter(
      (child): child is XmlElement =>
        child instanceof XmlElement &&
        child.name === prefixed &&
        (this.#prefix !== '' || child.attributes.xmlns === undefined || child.attributes.xmlns === xmlns),
    );
  }
}

/** The text directly inside, trimmed; not what nested elements hold, which could be nested as deeply as they want. */
export function textOf(element: XmlElement): string {
  const texts = element.children.map((child) => (child instanceof XmlText ? child.text : ''));
  return texts.join('').trim();
}

/** @param reason completes the sentence "The Metalink file cannot be used: ..." */
export function badMetalink(reason: string, cause?: unknown): TributaryError {
  return new TributaryError('bad-metalink', { reason }, { cause });
}

/**
 * Entities cannot be used to blow a text up or to read files: the parser skips a document type declaration without
 * reading it, so only the five predefined ones and characters by number exist, and any other is an error.
 */
function rootElement(text: string): XmlElement {
  if (text.length > MAX_LENGTH) throw badMetalink('it is larger than 16 MiB');
  let marks = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if ((letter === 0x3c || letter === 0x3d) && ++marks > MAX_MARKS) throw badMetalink('it has too many elements');
  }
  try {
    // XML 1.0 §2.11. The parser does the same, but in a time that grows with the square of the carriage returns.
    const { root } = parseXml(text.replace(/\r\n?/g, '\n'));
    if (root !== null) return root;
  } catch (error) {
    // What is nested too deeply ends in a RangeError, since the parser is recursive.
    if (error instanceof RangeError) throw badMetalink('its elements are nested too deeply', error);
    // The parser's own message quotes the text; the line says enough.
    throw badMetalink(`it is not well-formed XML (line ${(error as Partial<XmlError>).line ?? 1})`, error);
  }
  throw badMetalink('it is not a Metalink');
}
