import { Tag } from "../ui/mark";
import { caseStates, type CaseState } from "./verbs";

export const CaseTag = ({ state }: { state: CaseState }) => <Tag tone={caseStates[state].tone}>{caseStates[state].word}</Tag>;
