// SPDX-License-Identifier: Apache-2.0

package checks

import (
	"context"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/controllers/lease"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// checkLeaders checks that one of the operator's replicas leads, and so does the work.
func checkLeaders(ctx context.Context, at *cluster.Cluster, operators []cluster.Operator, options Options) (findings []Finding) {
	namespaces := map[string]bool{}
	for _, operator := range operators {
		if namespace := operator.LeaseNamespace(); !namespaces[namespace] {
			namespaces[namespace] = true
			findings = append(findings, checkLeader(ctx, at, namespace, options.Clock.Now()))
		}
	}
	return findings
}

func checkLeader(ctx context.Context, at *cluster.Cluster, namespace string, now time.Time) Finding {
	name := "leader in " + namespace
	leases := &coordinationv1.LeaseList{}
	if err := at.List(ctx, leases, client.InNamespace(namespace)); err != nil {
		return unknown(name, err)
	}
	finding := Finding{Check: name, Result: OK}
	for i := range leases.Items {
		held := &leases.Items[i]
		switch {
		case !strings.HasPrefix(held.Name, lease.NameOf("")):
			continue
		case isHeld(held, now):
			finding.Message = join(finding.Message, sentencef("%s leads by the lease %s.", *held.Spec.HolderIdentity, held.Name))
		default:
			finding.Result = Failed
			finding.Message = join(finding.Message, sentencef("Nobody holds the lease %s, so nothing is started or stopped: see the pods of the operator and their logs.", held.Name))
		}
	}
	if finding.Message == "" {
		return Finding{name, Failed, "There is no lease: no operator has led yet, or it runs without --leader-elect. See the pods of the operator and their logs."}
	}
	return finding
}

// isHeld reports whether a lease was renewed within its duration.
func isHeld(held *coordinationv1.Lease, now time.Time) bool {
	spec := held.Spec
	if spec.HolderIdentity == nil || *spec.HolderIdentity == "" || spec.RenewTime == nil || spec.LeaseDurationSeconds == nil {
		return false
	}
	return now.Before(spec.RenewTime.Add(time.Duration(*spec.LeaseDurationSeconds) * time.Second))
}
