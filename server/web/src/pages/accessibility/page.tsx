/* The statement on accessibility: what is aimed at, how it was checked, what is known not to be good yet. */
import { PageHead, Panel } from "../../ui/layout";

export default function Accessibility() {
  return (
    <>
      <PageHead title="Accessibility" note="Of the pages of the dean's office, version 0.1" />
      <div class="stack">
        <Panel title="What we aim at">
          <p class="prose">
            WCAG 2.2, level AA, for everybody who works with these pages: by keyboard alone, with a screen reader, at 320 pixels or
            400 % zoom, in light, dark and high contrast, with reduced motion. Status is always a shape, a word and a colour. Every
            chart has its message as a sentence, the same data as a table, and a file. Nothing has to be dragged. A session that is
            about to end says so and can be extended; when it has ended, nothing that was being written is lost.
          </p>
        </Panel>
        <Panel title="How it was checked">
          <ul class="prose lines">
            <li>
              By the developers, not by an independent body, and not yet together with people who rely on assistive technology.
            </li>
            <li>
              axe-core on every screen, in the light and the dark theme; walks through the daily work with the keyboard alone; at
              320 pixels; in Chromium.
            </li>
            <li>
              Contrast of each pair of text and ground is at least 4.5 to 1, of marks and borders of controls 3 to 1, and 7 to 1 in
              high contrast.
            </li>
          </ul>
        </Panel>
        <Panel title="What is not good yet">
          <ul class="prose lines">
            <li>
              No screen reader has been tried for a whole day of work; names, roles and announcements were only checked by program.
            </li>
            <li>Firefox and Safari are not part of the automatic checks.</li>
            <li>The pages speak English only.</li>
            <li>
              In long lists only the rows near the window are in the page: the browser's own search does not find the others. The
              search field does.
            </li>
          </ul>
        </Panel>
        <Panel title="When something is in your way">
          <p class="prose">
            Tell the people who run Stepguard at your school; everything on these pages can also be had as a file or through the
            documented interface, and they can help at once. Reports reach the project through its issue tracker.
          </p>
        </Panel>
      </div>
    </>
  );
}
