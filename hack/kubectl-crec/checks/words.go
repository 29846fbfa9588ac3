// SPDX-License-Identifier: Apache-2.0

package checks

import (
	"fmt"
	"strings"
)

func sentencef(format string, arguments ...any) string { return fmt.Sprintf(format, arguments...) }

// join joins sentences.
func join(sentences ...string) string {
	return strings.TrimSpace(strings.Join(sentences, " "))
}

// unknown returns the finding of a check that could not be completed.
func unknown(check string, err error) Finding {
	return Finding{check, Unknown, fmt.Sprintf("This could not be found out: %v.", err)}
}
