import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import { ModifierFlags, SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface Import {
  /** As written: `node:fs`, `valibot`, or for files of ours the path from the checkout's root, `src/kit/emitter.ts`. */
  readonly target: string;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
}

export interface SourceText {
  /** From the checkout's root, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly hasDefaultExport: boolean;
}

/** Reads all TypeScript files below a folder with the compiler's own parser. */
export function readImports(root: string, folder: string): readonly SourceText[] {
  const api = new API();
  try {
    const snapshot = api.updateSnapshot({ openProject: join(root, 'tsconfig.json') });
    const program = snapshot.getProjects()[0]?.program;
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => {
        const file = join(root, folder, name);
        const parsed = program?.getSourceFile(file);
        if (parsed === undefined) throw new Error(`${file} is not part of tsconfig.json`);
        const path = relative(root, file).split(sep).join('/');
        return {
          path,
          lines: readFileSync(file, 'utf8').split('\n').length - 1,
          imports: importsOf(parsed, path),
          hasDefaultExport: parsed.statements.some(isDefaultExport),
        };
      });
  } finally {
    api.close();
  }
}

function importsOf(file: SourceFile, path: string): Import[] {
  return file.imports.map((specifier) => {
    const written = (specifier as Node & { readonly text: string }).text;
    const ours = written.startsWith('.');
    return {
      target: ours ? posix.join(dirname(path), written) : written,
      typeOnly: isTypeOnly(specifier.parent),
    };
  });
}

interface MaybeTypeOnly extends Node {
  readonly isTypeOnly?: boolean;
  readonly importClause?: { readonly phaseModifier?: SyntaxKind };
}

/** `import type`, `export type` and `import('…')` in a type. */
function isTypeOnly(declaration: MaybeTypeOnly): boolean {
  return (
    declaration.isTypeOnly === true ||
    declaration.importClause?.phaseModifier === SyntaxKind.TypeKeyword ||
    declaration.kind === SyntaxKind.LiteralType
  );
}

function isDefaultExport(statement: Node): boolean {
  if (statement.kind === SyntaxKind.ExportAssignment) return true;
  const { modifierFlags = 0 } = statement as { modifierFlags?: ModifierFlags };
  return (modifierFlags & ModifierFlags.Default) !== 0;
}
