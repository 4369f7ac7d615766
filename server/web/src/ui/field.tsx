/* A form's fields: a label that is seen, a hint before it is filled, the server's refusal beside the field it names. */
import "./field.css";
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import type { Problem } from "../api/problem";

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | null;
  hideLabel?: boolean;
  children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean | undefined }) => ComponentChildren;
}

export function Field({ label, hint, error, hideLabel, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id} class={hideLabel ? "unseen" : undefined}>
        {label}
      </label>
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

type Common = Pick<FieldProps, "label" | "hint" | "error" | "hideLabel">;
type Input = Common &
  Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "label" | "value" | "onChange" | "size"> & {
    value: string;
    change: (value: string) => void;
  };

export const TextField = ({ label, hint, error, hideLabel, value, change, ...rest }: Input) => (
  <Field {...{ label, hint, error, hideLabel }}>
    {(ids) => (
      <input
        type="text"
        autocomplete="off"
        {...rest}
        {...ids}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    )}
  </Field>
);

export const DayField = (props: Omit<Input, "type">) => <TextField {...props} type="date" />;

export const TextArea = ({
  label,
  hint,
  error,
  hideLabel,
  value,
  change,
  rows = 4,
  ...rest
}: Common & {
  value: string;
  change: (value: string) => void;
  rows?: number;
  required?: boolean;
  maxLength?: number;
  name?: string;
}) => (
  <Field {...{ label, hint, error, hideLabel }}>
    {(ids) => <textarea {...rest} {...ids} rows={rows} value={value} onInput={(event) => change(event.currentTarget.value)} />}
  </Field>
);

export const Choice = ({
  label,
  hint,
  error,
  hideLabel,
  value,
  change,
  options,
  ...rest
}: Common & {
  value: string;
  change: (value: string) => void;
  options: readonly (readonly [value: string, words: string])[];
  required?: boolean;
  name?: string;
}) => (
  <Field {...{ label, hint, error, hideLabel }}>
    {(ids) => (
      <select {...rest} {...ids} value={value} onChange={(event) => change(event.currentTarget.value)}>
        {options.map(([of, words]) => (
          <option key={of} value={of}>
            {words}
          </option>
        ))}
      </select>
    )}
  </Field>
);

export const Check = ({
  label,
  checked,
  change,
  hint,
}: {
  label: ComponentChildren;
  checked: boolean;
  change: (yes: boolean) => void;
  hint?: ComponentChildren;
}) => (
  <label class="check">
    <input type="checkbox" checked={checked} onChange={(event) => change(event.currentTarget.checked)} />
    <span>
      {label}
      {hint && <span class="hint"> {hint}</span>}
    </span>
  </label>
);

// The refusal of this field, or of none that is on the form.
export const errorOf = (problem: Problem | null, field: string): string | null =>
  problem?.is.field === field ? [problem.message, problem.is.remedy].filter(Boolean).join(" ") : null;

export const FormProblem = ({ problem, fields = [] }: { problem: Problem | null; fields?: string[] }) =>
  problem && !(problem.is.field && fields.includes(problem.is.field)) ? (
    <p class="form-problem" role="alert">
      <strong>{problem.message}</strong> {problem.is.remedy}
    </p>
  ) : null;
