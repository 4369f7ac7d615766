/*
 * All pages, one row each: the address, who may open it, what draws it. Addresses and rights are those of pages.json, which the
 * daemon reads too (it answers 404 to any other address); here each gets its code, fetched when it is first opened.
 */
import table from "../../pages.json";
import type { ComponentType } from "preact";
import { may } from "../state/session";

export interface Page {
  path: string;
  page: string;
  title: string;
  right: string | null;
  or?: string; // another right that opens it: parts of it are for others
  group?: string;
}
type Code = () => Promise<{ default: ComponentType<{ params: Record<string, string> }> }>;

const code = import.meta.glob<{ default: ComponentType<{ params: Record<string, string> }> }>("./*/page.tsx");

export const pages: readonly Page[] = table;
export const opens = (page: Page): boolean => may(page.right) || (page.or !== undefined && may(page.or));
export const codeOf = (page: Page): Code => code[`./${page.page}/page.tsx`] as Code;

export const groups = [
  ["work", "Work"],
  ["look", "Understand"],
  ["run", "Run"],
] as const;
