// SPDX-License-Identifier: Apache-2.0

package conversion

import "slices"

// shareSecrets takes the Secrets from recordings that several have with the same values,
// names each of them after the profile, and returns it once.
func shareSecrets(recordings []*converted, profile string) (shared []secret) {
	users := map[string][]*converted{}
	taken := nameSet{}
	var contents []string
	for _, recording := range recordings {
		for _, secret := range recording.secrets {
			taken[secret.manifest.Name] = true
			content := contentOf(secret)
			if users[content] == nil {
				contents = append(contents, content)
			}
			users[content] = append(users[content], recording)
		}
	}
	for _, content := range contents {
		if len(users[content]) > 1 {
			shared = append(shared, shareSecret(users[content], content, taken, profile))
		}
	}
	return shared
}

// shareSecret gives the same name to all Secrets with a content, takes them from their
// recordings, and returns the first.
func shareSecret(users []*converted, content string, taken nameSet, profile string) (first secret) {
	name := ""
	for _, recording := range users {
		at := slices.IndexFunc(recording.secrets, func(secret secret) bool { return contentOf(secret) == content })
		own := recording.secrets[at]
		if name == "" {
			first, name = own, taken.take(profile+"-"+own.purpose)
		}
		own.rename(name)
		recording.secrets = slices.Delete(recording.secrets, at, at+1)
	}
	return first
}

// contentOf is the same for Secrets of the same purpose with the same values.
func contentOf(secret secret) string {
	return encode([]any{secret.purpose, secret.manifest.StringData})
}
