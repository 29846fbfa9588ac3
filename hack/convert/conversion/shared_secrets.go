// SPDX-License-Identifier: Apache-2.0

package conversion

import "slices"

// shareSecrets removes Secrets with the same values from the recordings that have them. It
// names each after the profile, and returns it once.
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

// shareSecret gives all Secrets with the same content one name, removes them from their
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

// contentOf returns a text that is equal for Secrets with the same purpose and values.
func contentOf(secret secret) string {
	return encode([]any{secret.purpose, secret.manifest.StringData})
}
