// SPDX-License-Identifier: Apache-2.0

package usererror

// SpecError says, for people, what is wrong in a spec that the API server has accepted: it
// cannot check everything.
type SpecError string

func (e SpecError) Error() string { return string(e) }
