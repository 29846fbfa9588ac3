// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// readStartSecrets reads what the recording's start needs, or returns a
// secretError that says all that is missing.
func readStartSecrets(
	ctx context.Context, store *secretStore[startSecret], recording *v1alpha1.CloudRecording,
) (secrets startSecrets, err error) {
	needs := secrets.needs(recording)
	problem, err := readNeeds(ctx, store, recording.Namespace, needs)
	if err != nil {
		return startSecrets{}, err
	}
	if problem != "" {
		return startSecrets{}, secretError("The recording cannot be started. " + problem)
	}
	var values []string
	for _, need := range needs {
		values = append(values, *need.value)
	}
	secrets.version = digest(values...)
	return secrets, nil
}

// readNeeds fills in what is needed, or returns as a text all that is missing.
func readNeeds(ctx context.Context, store *secretStore[startSecret], namespace string, needs []startSecretNeed) (problem string, err error) {
	var problems []string
	for len(needs) > 0 {
		last := slices.IndexFunc(needs, func(need startSecretNeed) bool { return !need.isOfSameSecret(needs[0]) })
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

func (n startSecretNeed) isOfSameSecret(other startSecretNeed) bool {
	return n.secret == other.secret && n.field == other.field
}

// readSecret fills in what is needed of one Secret, or returns what is wrong with it.
func readSecret(ctx context.Context, store *secretStore[startSecret], namespace string, needs []startSecretNeed) (problem string, err error) {
	held, err := store.get(ctx, types.NamespacedName{Namespace: namespace, Name: needs[0].secret})
	problem, err = problemOf(err)
	switch {
	case err != nil:
		return "", err
	case problem != "":
		return fmt.Sprintf("%s. %s names it: create it with %s.", problem, needs[0].field, theKeys(requiredKeys(needs))), nil
	}
	if problem := problemOfSecret(held, needs); problem != "" {
		return problem, nil
	}
	for _, need := range needs {
		*need.value = held.value(need)
	}
	return "", nil
}

// problemOfSecret says which keys a Secret lacks, and which do not hold what Agora
// wants. It is empty if nothing is wrong.
func problemOfSecret(held startSecret, needs []startSecretNeed) string {
	var lacking, sentences []string
	for _, need := range needs {
		switch value := held.value(need); {
		case value == "" && !need.optional:
			lacking = append(lacking, need.key)
		case value != "" && need.fits != nil && !need.fits(value):
			sentences = append(sentences, fmt.Sprintf("The key %s of Secret %q, which %s names, does not hold %s: correct it.", need.key, need.secret, need.field, need.form))
		}
	}
	if len(lacking) > 0 {
		sentences = slices.Insert(sentences, 0, fmt.Sprintf("Secret %q, which %s names, lacks %s: put in what is missing or empty.", needs[0].secret, needs[0].field, theKeys(lacking)))
	}
	return strings.Join(sentences, " ")
}

func requiredKeys(needs []startSecretNeed) (keys []string) {
	for _, need := range needs {
		if !need.optional {
			keys = append(keys, need.key)
		}
	}
	return keys
}

// theKeys names keys of a Secret.
func theKeys(keys []string) string {
	if len(keys) == 1 {
		return "the key " + keys[0]
	}
	return "the keys " + strings.Join(keys[:len(keys)-1], ", ") + " and " + keys[len(keys)-1]
}
