import type { XmlElement } from '@rgrove/parse-xml';
import type { Checksum } from '../../../contract/checksum.ts';
import { agreedChecksums } from '../agreedChecksums.ts';
import { checksumOf, digestAlgorithmOf } from '../checksumOf.ts';
import { badMetalink, MetalinkDocument, textOf } from './metalinkDocument.ts';
import { type MetalinkMirror, readMirrors } from './metalinkMirrors.ts';
import { type MetalinkPieces, readPieces } from './metalinkPieces.ts';

/** One file that a Metalink describes. Everything in it is a claim of whoever wrote the document. */
export interface MetalinkFile {
  /** As written; it may contain directories and must be made safe before it names anything. */
  readonly name: string;
  /** Null when not said. */
  readonly sizeBytes: number | null;
  /** Of the whole file, the strongest first; one of each algorithm. */
  readonly digests: readonly Checksum[];
  readonly pieces: MetalinkPieces | null;
  /** The best first. */
  readonly mirrors: readonly MetalinkMirror[];
}

const MAX_FILES = 10_000;
const MAX_NAME_LENGTH = 4096;

/**
 * Reads a Metalink of version 4 (RFC 5854, `.meta4`) or 3 (`.metalink`). Mirrors, digests and pieces of kinds that are
 * not known here are left out.
 * @throws TributaryError `bad-metalink`: no Metalink, malformed, without files, or over one of the bounds (16 MiB,
 * 10 000 files, 1000 mirrors of a file, a million tags and attributes, pieces of less than 1 KiB)
 */
export function parseMetalink(text: string): MetalinkFile[] {
  const document = new MetalinkDocument(text);
  const parents = document.version === 4 ? [document.root] : document.children(document.root, 'files');
  const files = parents.flatMap((parent) => document.children(parent, 'file'));
  if (files.length === 0) throw badMetalink('it names no file');
  if (files.length > MAX_FILES) throw badMetalink(`it names more than ${MAX_FILES} files`);
  return files.map((file) => readFile(document, file));
}

function readFile(document: MetalinkDocument, file: XmlElement): MetalinkFile {
  const { name = '' } = file.attributes;
  if (name.trim() === '' || name.length > MAX_NAME_LENGTH) throw badMetalink('a file has no usable name');
  const old = document.version === 3;
  const verifications = old ? document.children(file, 'verification') : [file];
  const [size] = document.children(file, 'size');
  const sizeBytes = size === undefined ? null : byteCount(textOf(size));
  return {
    // A copy: a part of a string keeps the whole document in memory for as long as it lives.
    name: Buffer.from(name).toString(),
    sizeBytes,
    digests: agreedChecksums(verifications.flatMap((parent) => readDigests(document, parent))),
    pieces: readPieces(document, verifications, sizeBytes),
    mirrors: readMirrors(document, old ? document.children(file, 'resources') : [file]),
  };
}

function readDigests(document: MetalinkDocument, parent: XmlElement): Checksum[] {
  return document.children(parent, 'hash').flatMap((element) => {
    const algorithm = digestAlgorithmOf(element.attributes.type ?? '');
    const checksum = algorithm === null ? null : checksumOf(algorithm, textOf(element));
    return checksum === null ? [] : [checksum];
  });
}

function byteCount(text: string): number | null {
  const bytes = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(bytes) ? bytes : null;
}
