import "./sign_in.css";
import { useLocation } from "wouter-preact";
import { api } from "../../api/client";
import { home } from "../../app";
import { proved } from "../../state/session";
import { useRead } from "../../state/read";
import { useQuery } from "../../state/url";
import { PageHead } from "../../ui/layout";
import { SignInForm } from "../../ui/sign_in_form";

// Only back to a page of ours.
const safe = (to: string | undefined): string | null => (to && /^\/(?![/\\])/.test(to) ? to : null);

export default function SignIn() {
  const [query] = useQuery();
  const [, go] = useLocation();
  const oidc = useRead((init) => api.GET("/oidc", init), [], { live: false });
  return (
    <div class="sign-in">
      <div class="sign-in-card">
        <img src="/favicon.svg" alt="" width="44" height="44" />
        <PageHead title="Sign in" note="Stepguard: for the dean's office" />
        <SignInForm
          done={(who) => {
            proved(who);
            go(who.session.restricted ? "/account" : (safe(query.to) ?? home()), { replace: true });
          }}
        />
        {oidc.data?.label && (
          <p>
            <a class="button" href="/api/v1/oidc/start">
              With {oidc.data.label}
            </a>
          </p>
        )}
        <p class="small quiet">
          Lost your second factor? Use a recovery code, or ask the administrator of your school's Stepguard.{" "}
          <a href="/accessibility">Accessibility</a>
        </p>
      </div>
    </div>
  );
}
