// light, dark or high contrast; "as the system" forgets the choice. Kept in a cookie: signing out empties the storage.
import { signal } from "@preact/signals";

export const themes = { "": "As the system", light: "Light", dark: "Dark", contrast: "High contrast" } as const;
export type Theme = keyof typeof themes;

const YEAR_S = 31_536_000;

export const theme = signal<Theme>((document.documentElement.dataset.theme as Theme) ?? "");

export function choose(next: Theme): void {
  theme.value = next;
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  document.cookie = `theme=${next}; Path=/; Max-Age=${next ? YEAR_S : 0}; SameSite=Strict; Secure`;
}
