// SPDX-License-Identifier: Apache-2.0

package usererror

import "errors"

// Error says, for people, why a Secret does not hold what it should.
type Error string

func (e Error) Error() string { return string(e) }

// ProblemOf returns what a person can fix in a Secret as a text, and any other error as it
// is.
func ProblemOf(err error) (string, error) {
	var problem Error
	if errors.As(err, &problem) {
		return problem.Error(), nil
	}
	return "", err
}
