// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

// ReadStart reads what the recording's start needs, or returns a usererror.Error that says
// everything that is missing.
func ReadStart(
	ctx context.Context, store *Store[StartSecret], recording *v1alpha1.CloudRecording,
) (secrets clientrequest.Secrets, err error) {
	needs := secrets.Needs(recording)
	problem, err := ReadNeeds(ctx, store, recording.Namespace, needs)
	if err != nil {
		return clientrequest.Secrets{}, err
	}
	if problem != "" {
		return clientrequest.Secrets{}, usererror.Error("The recording cannot be started. " + problem)
	}
	var values []string
	for _, need := range needs {
		values = append(values, string(*need.Value))
	}
	secrets.Version = clientrequest.Digest(values...)
	return secrets, nil
}

// ReadNeeds fills in what is needed, or returns a text that says everything that is
// missing.
func ReadNeeds(ctx context.Context, store *Store[StartSecret], namespace string, needs []clientrequest.SecretNeed) (problem string, err error) {
	var problems []string
	for len(needs) > 0 {
		last := slices.IndexFunc(needs, func(need clientrequest.SecretNeed) bool { return !need.IsOfSameSecret(needs[0]) })
		if last < 0 {
			last = len(needs)
		}
		problem, err := readSecret(ctx, store, namespace, needs[:last])
		if err != nil {
			return "", err
		}
		if problem != "" {
			problems = append(problems, problem)
		}
		needs = needs[last:]
	}
	return strings.Join(problems, " "), nil
}

// readSecret fills in what is needed from one Secret, or returns what is wrong with it.
func readSecret(ctx context.Context, store *Store[StartSecret], namespace string, needs []clientrequest.SecretNeed) (problem string, err error) {
	held, err := store.Get(ctx, types.NamespacedName{Namespace: namespace, Name: needs[0].Secret})
	problem, err = usererror.ProblemOf(err)
	switch {
	case err != nil:
		return "", err
	case problem != "" && len(requiredKeys(needs)) == 0:
		// Nothing that the Secret may hold is required.
		return "", nil
	case problem != "":
		return fmt.Sprintf("%s. %s names it: create it with %s.", problem, needs[0].Field, theKeys(requiredKeys(needs))), nil
	}
	if problem := problemOfSecret(held, needs); problem != "" {
		return problem, nil
	}
	for _, need := range needs {
		*need.Value = clientrequest.SecretText(held.value(need))
	}
	return "", nil
}

// problemOfSecret says which keys a Secret lacks, and which keys do not hold what Agora
// wants. It is empty if nothing is wrong.
func problemOfSecret(held StartSecret, needs []clientrequest.SecretNeed) string {
	var lacking, sentences []string
	for _, need := range needs {
		switch value := held.value(need); {
		case value == "" && !need.Optional:
			lacking = append(lacking, need.Key)
		case value != "" && need.Fits != nil && !need.Fits(value):
			sentences = append(sentences, fmt.Sprintf("The key %s of Secret %q, which %s names, does not hold %s: correct it.", need.Key, need.Secret, need.Field, need.Form))
		}
	}
	if len(lacking) > 0 {
		sentences = slices.Insert(sentences, 0, fmt.Sprintf("Secret %q, which %s names, lacks %s: put in what is missing or empty.", needs[0].Secret, needs[0].Field, theKeys(lacking)))
	}
	return strings.Join(sentences, " ")
}

func requiredKeys(needs []clientrequest.SecretNeed) (keys []string) {
	for _, need := range needs {
		if !need.Optional {
			keys = append(keys, need.Key)
		}
	}
	return keys
}

func theKeys(keys []string) string {
	if len(keys) == 1 {
		return "the key " + keys[0]
	}
	return "the keys " + strings.Join(keys[:len(keys)-1], ", ") + " and " + keys[len(keys)-1]
}
