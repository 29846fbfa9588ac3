// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("The operator's flags", func() {
	It("have it print its version", func(ctx context.Context) {
		output, err := exec.CommandContext(ctx, binary, "--version").Output()
		Expect(err).NotTo(HaveOccurred())
		Expect(string(output)).To(Equal("dev\n"))
	})

	It("are shown on request", func(ctx context.Context) {
		for _, arguments := range [][]string{{"--help"}, {"removal-check", "--help"}} {
			output, err := exec.CommandContext(ctx, binary, arguments...).CombinedOutput()
			Expect(err).NotTo(HaveOccurred())
			Expect(string(output)).To(And(ContainSubstring("-watch-namespaces"), Not(ContainSubstring("help requested"))))
		}
	})

	const (
		refused = 2
		// With valid flags, the operator then fails because there is no cluster.
		taken = 1
	)

	DescribeTable("are refused where they cannot be meant",
		func(ctx context.Context, code int, problem string, arguments ...string) {
			nowhere := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
			operator := exec.CommandContext(ctx, binary, append(arguments, "--kubeconfig="+nowhere, "--health-probe-bind-address=0")...)
			output, err := operator.CombinedOutput()
			Expect(err).To(HaveOccurred())
			Expect(operator.ProcessState.ExitCode()).To(Equal(code), string(output))
			Expect(string(output)).To(ContainSubstring(problem))
		},
		Entry("none", taken, "find the cluster"),
		Entry("a grace as long as a move takes", taken, "find the cluster", "--not-found-grace=90s"),
		Entry("a grace that is shorter than a move", refused, "--not-found-grace must be at least 1m30s", "--not-found-grace=89s"),
		Entry("no grace", refused, "--not-found-grace must be at least 1m30s", "--not-found-grace=0s"),
		Entry("a short grace that is meant", taken, "find the cluster", "--not-found-grace=1s", "--allow-unsafe-timings"),
		Entry("a grace below zero that is meant", refused, "--not-found-grace must not be negative", "--not-found-grace=-1s", "--allow-unsafe-timings"),
		Entry("a longer settle time", taken, "find the cluster", "--upload-settle-time=1h"),
		Entry("a settle time that is too short", refused, "--upload-settle-time must not be below 30m0s", "--upload-settle-time=29m59s"),
		Entry("no settle time", refused, "--allow-unsafe-timings", "--upload-settle-time=0"),
		Entry("a short settle time that is meant", taken, "find the cluster", "--upload-settle-time=3s", "--allow-unsafe-timings"),
		Entry("one that is expressly not meant", refused, "--upload-settle-time", "--upload-settle-time=3s", "--allow-unsafe-timings=false"),
		Entry("a certificate that is not there", refused, "--metrics-cert-path must be a folder with tls.crt and tls.key", "--metrics-cert-path=/nowhere"),
		Entry("a certificate for plain http", refused, "--metrics-cert-path is of use only with --metrics-secure", "--metrics-cert-path=/nowhere", "--metrics-secure=false"),
		Entry("one request a second", taken, "find the cluster", "--requests-per-second=1"),
		Entry("fewer", refused, "--requests-per-second must be at least 1", "--requests-per-second=0.5"),
		Entry("none a second", refused, "--requests-per-second must be at least 1", "--requests-per-second=0"),
		Entry("a value after a flag that takes none", refused, `unexpected argument "false"`, "--leader-elect", "false", "--watch-namespaces=school"),
		Entry("what is no flag", refused, `unexpected argument "school"`, "school"),
		Entry("what is no flag of the removal check", refused, `unexpected argument "true"`, "removal-check", "--with-definitions", "true"),
		Entry("what is no number of requests", refused, "--requests-per-second must be at least 1", "--requests-per-second=NaN"),
	)
})
