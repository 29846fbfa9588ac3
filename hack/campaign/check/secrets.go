// SPDX-License-Identifier: Apache-2.0

package check

import "bytes"

// checkSecrets looks for secrets in everything that is not secret: the operators' logs, and
// every version of every recording, event and ConfigMap.
func checkSecrets(j judge) Result {
	found := Result{Promise: "5. no secret in any log, event or status"}
	total, lines := 0, 0
	for _, t := range j.Texts {
		total += len(t.Content)
		lines += bytes.Count(t.Content, []byte("\n"))
		for secret, what := range j.Secrets {
			if at := bytes.Index(t.Content, []byte(secret)); at >= 0 {
				found.violated("The %s stands in line %d of %s.", what, 1+bytes.Count(t.Content[:at], []byte("\n")), t.Where)
			}
		}
	}
	found.fact("%d secrets were looked for in %d lines of %d files (%d KiB)", len(j.Secrets), lines, len(j.Texts), total/1024)
	found.Looked = min(len(j.Secrets), lines)
	return found
}
