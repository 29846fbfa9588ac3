// SPDX-License-Identifier: Apache-2.0

package storage_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/storage"
)

var _ = Describe("The allowed endpoints", func() {
	DescribeTable("decide by scheme, host and port",
		func(patterns []string, address string, allowed bool) {
			endpoints, err := storage.ParseEndpoints(patterns)
			Expect(err).NotTo(HaveOccurred())
			Expect(endpoints.Allow(address)).To(Equal(allowed))
		},
		Entry("none without a pattern", nil, "s3.us-east-1.amazonaws.com", false),
		Entry("a host", []string{"storage.example.com"}, "storage.example.com", true),
		Entry("a host in other letters", []string{"Storage.Example.com"}, "https://STORAGE.example.COM/", true),
		Entry("a host with a path", []string{"storage.example.com"}, "https://storage.example.com/s3/api", true),
		Entry("a host below", []string{"example.com"}, "storage.example.com", false),
		Entry("a host beside", []string{"example.com"}, "badexample.com", false),
		Entry("a host above", []string{"storage.example.com"}, "example.com", false),
		Entry("a host that goes on", []string{"storage.example.com"}, "storage.example.com.evil.net", false),
		Entry("a wildcard for a label", []string{"*.example.com"}, "a.example.com", true),
		Entry("a wildcard for two labels", []string{"*.example.com"}, "a.b.example.com", false),
		Entry("a wildcard for nothing", []string{"s3*.example.com"}, "s3.example.com", false),
		Entry("a wildcard within a label", []string{"s3-*-x.example.com"}, "s3-eu-x.example.com", true),
		Entry("a dot is only a dot", []string{"s3.example.com"}, "s3xexample.com", false),
		Entry("the scheme's own port", []string{"storage.example.com"}, "storage.example.com:443", true),
		Entry("another port", []string{"storage.example.com"}, "storage.example.com:9000", false),
		Entry("that port", []string{"storage.example.com:9000"}, "storage.example.com:9000", true),
		Entry("that port only", []string{"storage.example.com:9000"}, "storage.example.com", false),
		Entry("any port", []string{"storage.example.com:*"}, "storage.example.com:9000", true),
		Entry("plain http", []string{"storage.example.com"}, "http://storage.example.com", false),
		Entry("plain http on https's port", []string{"storage.example.com"}, "http://storage.example.com:443", false),
		Entry("plain http that is allowed", []string{"http://storage.example.com"}, "http://storage.example.com", true),
		Entry("https where plain http is allowed", []string{"http://storage.example.com"}, "storage.example.com", false),
		Entry("an IP address", []string{"192.0.2.1"}, "192.0.2.1", true),
		Entry("an IP address by a wildcard", []string{"*.*.*.*"}, "169.254.169.254", false),
		Entry("an IPv6 address", []string{"https://[2001:db8::1]:9000"}, "https://[2001:db8::1]:9000", true),
		Entry("loopback by a wildcard", []string{"http://*:*"}, "http://localhost:9000", false),
		Entry("a name of loopback by a wildcard", []string{"http://*.localhost:*"}, "http://x.localhost:9000", false),
		Entry("loopback by its name", []string{"http://localhost:*"}, "http://localhost:9000", true),
		Entry("an IP address in another notation", []string{"*"}, "2130706433", false),
		Entry("an IP address in hexadecimal", []string{"*.*"}, "127.0x1", false),
		Entry("a shortened IP address", []string{"*.*"}, "127.1", false),
		Entry("a user", []string{"storage.example.com"}, "https://user:pass@storage.example.com", false),
		Entry("a user that looks like the host", []string{"storage.example.com"}, "https://storage.example.com@evil.net", false),
		Entry("a query", []string{"storage.example.com"}, "https://storage.example.com?x=y", false),
		Entry("a path that climbs", []string{"storage.example.com"}, "https://storage.example.com/a/../b", false),
		Entry("another scheme", []string{"storage.example.com"}, "ftp://storage.example.com", false),
		Entry("a port that is none", []string{"storage.example.com:*"}, "storage.example.com:70000", false),
		Entry("a trailing dot", []string{"storage.example.com"}, "storage.example.com.", false),
	)

	DescribeTable("are refused where they are no addresses", func(pattern string) {
		_, err := storage.ParseEndpoints([]string{"storage.example.com", pattern})
		Expect(err).To(MatchError(ContainSubstring("must be a host")))
		Expect(err.Error()).NotTo(ContainSubstring("hunter2"))
	},
		Entry("nothing", ""),
		Entry("a path", "storage.example.com/path"),
		Entry("a slash", "storage.example.com/"),
		Entry("another scheme", "s3://bucket"),
		Entry("a port that is none", "storage.example.com:port"),
		Entry("two ports", "storage.example.com:9000:*"),
		Entry("a user", "https://me:hunter2@storage.example.com"),
		Entry("a space", "storage .example.com"),
		Entry("a wildcard for a number", "192.0.2.*:*:*"),
	)

	DescribeTable("are by default the storage of the documented services only",
		func(address string, allowed bool) {
			endpoints, err := storage.ParseEndpoints(storage.DefaultEndpoints())
			Expect(err).NotTo(HaveOccurred())
			Expect(endpoints.Allow(address)).To(Equal(allowed))
		},
		Entry(nil, "s3.eu-central-1.amazonaws.com", true),
		Entry(nil, "s3.cn-north-1.amazonaws.com.cn", true),
		Entry(nil, "oss-cn-hangzhou.aliyuncs.com", true),
		Entry(nil, "ec2-203-0-113-25.compute-1.amazonaws.com", false),
		Entry(nil, "x.execute-api.us-east-1.amazonaws.com", false),
		Entry(nil, "mine.elb.us-east-1.amazonaws.com", false),
		Entry(nil, "x.cloudapp.azure.com", false),
		Entry(nil, "x.appspot.com", false),
		Entry(nil, "x.fcapp.run.aliyuncs.com", false),
		Entry(nil, "http://storage.googleapis.com", false),
		Entry(nil, "127.0.0.1", false),
		Entry(nil, "http://169.254.169.254", false),
	)
})
