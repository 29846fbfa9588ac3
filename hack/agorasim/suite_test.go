// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestAgorasim(t *testing.T) {
	t.Parallel()
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(callTimeout)
	RunSpecs(t, "The simulator of Agora Cloud Recording")
}
