// SPDX-License-Identifier: Apache-2.0

package checks

import (
	"fmt"
	"strings"
)

func sentencef(format string, arguments ...any) string { return fmt.Sprintf(format, arguments...) }

// join puts sentences behind each other.
func join(sentences ...string) string {
	return strings.TrimSpace(strings.Join(sentences, " "))
}

// unknown is a finding of what could not be found out.
func unknown(check string, err error) Finding {
	return Finding{check, Unknown, fmt.Sprintf("This could not be found out: %v.", err)}
}
