// SPDX-License-Identifier: Apache-2.0

package controllers

// specError says, for people, what is wrong in a spec that the API server has taken:
// it cannot check everything.
type specError string

func (e specError) Error() string { return string(e) }
