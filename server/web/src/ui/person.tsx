/* A student by name, leading to their page; the class year tells two of the same name apart. */
import { Link } from "wouter-preact";
import { nameOf } from "./words";

export interface Named {
  student_id: string;
  given_name: string;
  family_name: string;
  class_year?: number | null;
}

export const Person = ({ is, year = true }: { is: Named; year?: boolean }) => (
  <span class="person">
    <Link href={`/students/${encodeURIComponent(is.student_id)}`}>{nameOf(is)}</Link>
    {year && is.class_year && <span class="quiet small"> {is.class_year}</span>}
  </span>
);
