// SPDX-License-Identifier: Apache-2.0

package checks

import (
	"context"

	"cloudrecording.dev/operator/controllers/policies"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// checkPolicies checks, by dry runs as the operator's user, that policies keep the
// operator from changing what belongs to users.
func checkPolicies(ctx context.Context, at *cluster.Cluster, operators []cluster.Operator, _ Options) (findings []Finding) {
	for _, operator := range operators {
		name := "policies for " + operator.Namespace
		as, err := at.As(operator.User())
		if err != nil {
			findings = append(findings, unknown(name, err))
			continue
		}
		check := &policies.Check{Reader: as, Writer: as, Namespaces: []string{at.Namespace}}
		for _, tried := range check.Try(ctx) {
			findings = append(findings, policyFinding(name+", "+tried.Kind, tried))
		}
	}
	return findings
}

func policyFinding(name string, tried policies.Tried) Finding {
	switch {
	case tried.Finding == policies.Changed:
		return Finding{name, Failed, sentencef("No policy keeps the operator from changing more of a %s than it must, so whoever takes it over can: apply config/policy.", tried.Kind)}
	case tried.Finding == policies.Refused:
		return Finding{name, OK, sentencef("A policy keeps the operator from changing a %s.", tried.Kind)}
	case tried.Err != nil:
		return Finding{name, Unknown, sentencef("This is tried as the operator, which needs the right to impersonate its service account: %v.", tried.Err)}
	default:
		return Finding{name, Skipped, sentencef("There is no %s in the namespace to try it with.", tried.Kind)}
	}
}
