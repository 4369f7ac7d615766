// The words that go with whatever leaves the office (34 CFR 99.33), as the daemon's own files say them: core.redisclosure_notice().
export const REDISCLOSURE_NOTICE =
  "Education record. It may be used for the purpose it was given for and may not be passed on to any other party " +
  "without the student's prior written consent (34 CFR 99.33).";
