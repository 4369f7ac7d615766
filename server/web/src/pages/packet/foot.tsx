/* The foot of each sheet: what it may be used for, who made it and when, and which of the two it is. */
import { REDISCLOSURE_NOTICE } from "../../ui/redisclosure";

export interface Made {
  at: string; // in words, with the zone
  by: string;
  ground: string;
  school: string;
  student: string;
  given: string | null; // to whom it is given, where it leaves the office
}

export const Foot = ({ made, page }: { made: Made; page: 1 | 2 }) => (
  <footer class="sheet-foot">
    <p>
      <strong>{REDISCLOSURE_NOTICE}</strong>
      {made.given && ` ${made.given}`}
    </p>
    <p class="spread">
      <span>
        Made {made.at} by {made.by}, {made.ground}.
      </span>
      <span>
        {made.student} · page {page} of 2
      </span>
    </p>
  </footer>
);
