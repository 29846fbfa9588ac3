// SPDX-License-Identifier: Apache-2.0

package main

import "bytes"

// checkSecrets looks for secrets in what is not secret: the operators' logs, and
// every version of every recording, event and ConfigMap.
func checkSecrets(j judge) result {
	found := result{promise: "5. no secret in any log, event or status"}
	total, lines := 0, 0
	for _, t := range j.texts {
		total += len(t.content)
		lines += bytes.Count(t.content, []byte("\n"))
		for secret, what := range j.secrets {
			if at := bytes.Index(t.content, []byte(secret)); at >= 0 {
				found.violated("The %s stands in line %d of %s.", what, 1+bytes.Count(t.content[:at], []byte("\n")), t.where)
			}
		}
	}
	found.fact("%d secrets were looked for in %d lines of %d files (%d KiB)", len(j.secrets), lines, len(j.texts), total/1024)
	found.looked = min(len(j.secrets), lines)
	return found
}
