import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The doc comments of classes by name, and of their members. */
export type Docs = ReadonlyMap<string, { text: string | undefined; members: Map<string, string> }>;

/** Reads the doc comments of every class in a folder of sources. */
export function docsOf(folder: string): Docs {
  const docs = new Map<string, { text: string | undefined; members: Map<string, string> }>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))) {
    const source = ts.createSourceFile(file, readFileSync(join(folder, file), 'utf8'), ts.ScriptTarget.ES2023, true);
    for (const node of source.statements.filter(ts.isClassDeclaration)) {
      const members = node.members.flatMap((member): [string, string][] => {
        const text = commentOf(member);
        return text && member.name ? [[member.name.getText(source), text]] : [];
      });
      if (node.name) docs.set(node.name.text, { text: commentOf(node), members: new Map(members) });
    }
  }
  return docs;
}

function commentOf(node: ts.Node): string | undefined {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return ts.getTextOfJSDocComment(comment?.comment)?.replace(/\s*\n\s*/g, ' ');
}
