// SPDX-License-Identifier: Apache-2.0

// Package checks finds problems in an installation of the operator, and missing
// prerequisites of the recordings in a namespace.
package checks

import (
	"context"
	"net/http"

	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// Result is the result of a check.
type Result string

// The results of checks.
const (
	// OK means that there is no problem.
	OK Result = "ok"

	// Failed means that something must be fixed.
	Failed Result = "failed"

	// Unknown means that the check could not be completed.
	Unknown Result = "unknown"

	// Skipped means that there was nothing to check.
	Skipped Result = "skipped"
)

// Finding is the outcome of a check. Its message says in whole sentences what to do.
type Finding struct {
	Check   string `json:"check"`
	Result  Result `json:"result"`
	Message string `json:"message"`
}

// Options say what to check, and how.
type Options struct {
	// OperatorNamespace is the operator's namespace. If it is empty, all namespaces are
	// searched.
	OperatorNamespace string

	// NotificationsURL is the URL to which Agora sends notifications. It defaults to the
	// operator's Service.
	NotificationsURL string

	// HTTP calls addresses outside the cluster.
	HTTP *http.Client

	// Clock tells the time.
	Clock clock.PassiveClock
}

// check performs one check.
type check func(ctx context.Context, at *cluster.Cluster, operators []cluster.Operator, options Options) []Finding

// Run performs all checks.
func Run(ctx context.Context, at *cluster.Cluster, options Options) []Finding {
	findings := checkDefinitions(ctx, at)
	operators, found := findOperators(ctx, at, options)
	findings = append(findings, found)
	for _, check := range []check{checkLeaders, checkPolicies, checkSecrets, checkEndpoints, checkNotifications} {
		findings = append(findings, check(ctx, at, operators, options)...)
	}
	return findings
}

// findOperators finds the operators that the other checks are about.
func findOperators(ctx context.Context, at *cluster.Cluster, options Options) ([]cluster.Operator, Finding) {
	found := Finding{Check: "operator", Result: OK}
	operators, err := at.Operators(ctx, options.OperatorNamespace)
	if err != nil {
		found.Result, found.Message = Unknown, err.Error()+"."
		return nil, found
	}
	if len(operators) == 0 {
		found.Result, found.Message = Failed, "There is no Deployment of the operator: install it by make deploy, or name its namespace by --operator-namespace."
	}
	for _, operator := range operators {
		ready, wanted := operator.Status.ReadyReplicas, operator.Status.Replicas
		if ready == 0 {
			found.Result = Failed
		}
		found.Message = join(found.Message, sentencef("Of Deployment %s in namespace %s, %d of %d replicas are ready.", operator.Name, operator.Namespace, ready, wanted))
	}
	return operators, found
}
