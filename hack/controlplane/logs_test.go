// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestLogsKeepEachProcessesEnd(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var all bytes.Buffer
	l := newLogs(&all)

	_, err := l.process("etcd").Write([]byte(strings.Repeat("x", tailSize) + "end"))
	g.Expect(err).NotTo(HaveOccurred())
	_, err = l.process("kube-apiserver").Write([]byte("other"))
	g.Expect(err).NotTo(HaveOccurred())

	g.Expect(l.tail("etcd")).To(And(HaveLen(tailSize), HaveSuffix("xend")))
	g.Expect(l.tail("kube-apiserver")).To(Equal("other"))
	g.Expect(all.Len()).To(Equal(tailSize + len("endother")))
}
