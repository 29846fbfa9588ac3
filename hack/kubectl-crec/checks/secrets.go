// SPDX-License-Identifier: Apache-2.0

package checks

import (
	"context"

	"cloudrecording.dev/operator/controllers/prerequisites"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// checkSecrets checks that the profiles and Secrets to which recordings and profiles in
// the namespace refer exist and are valid.
func checkSecrets(ctx context.Context, at *cluster.Cluster, _ []cluster.Operator, _ Options) (findings []Finding) {
	const name = "Secrets"
	checker := prerequisites.NewChecker(at)
	profiles, err := at.Profiles(ctx)
	if err != nil {
		return []Finding{unknown(name, err)}
	}
	add := func(object, problem string, err error) {
		switch {
		case err != nil:
			findings = append(findings, unknown(name+" of "+object, err))
		case problem != "":
			findings = append(findings, Finding{name + " of " + object, Failed, problem})
		}
	}
	for i := range profiles {
		problem, err := checker.OfProfile(ctx, &profiles[i])
		add("profile "+profiles[i].Name, problem, err)
	}
	recordings, err := at.Recordings(ctx)
	if err != nil {
		return append(findings, unknown(name, err))
	}
	for i := range recordings {
		problem, err := checker.OfRecording(ctx, &recordings[i])
		add("recording "+recordings[i].Name, problem, err)
	}
	switch {
	case len(findings) > 0:
		return findings
	case len(profiles)+len(recordings) == 0:
		return []Finding{{name, Skipped, sentencef("There is no recording and no profile in namespace %s: give another by -n.", at.Namespace)}}
	default:
		return []Finding{{name, OK, "The profiles and Secrets that are needed exist and have the right form."}}
	}
}
