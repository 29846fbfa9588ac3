// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"
)

// Region is the region of the S3 servers. It is part of each signature.
const Region = "us-east-1"

// portAttempts is the maximum number of attempts to start if another process takes the free
// port first.
const portAttempts = 5

// StartS3 starts an S3 server with bucket names in the path. It builds the server first if
// necessary, which takes a minute or two. The context limits the start only. A started server
// runs until Stop.
func StartS3(ctx context.Context) (*Server, error) {
	binary, err := versitygw(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	return begin(rand.Text(), rand.Text(), func(server *Server) error {
		gateway, err := prepareGateway(binary, server.run)
		if err != nil {
			return err
		}
		for range portAttempts {
			if err = server.startGateway(ctx, gateway); !errors.Is(err, errEnded) {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("starting the S3 server: %w", err)
		}
		return nil
	})
}

// prepareGateway creates the data folders and returns the program without its address.
func prepareGateway(binary, run string) (program, error) {
	objects, metadata, users := filepath.Join(run, "objects"), filepath.Join(run, "metadata"), filepath.Join(run, "users")
	for _, dir := range []string{objects, metadata, users} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return program{}, fmt.Errorf("creating a data folder: %w", err)
		}
	}
	return program{name: "versitygw", binary: binary, dir: run, args: []string{
		"--region", Region, "--iam-dir", users, "--quiet",
		// Without a sidecar, metadata would be in extended attributes, which not every file
		// system supports.
		"posix", "--sidecar", metadata, objects,
	}}, nil
}

// startGateway starts the program on a free port. The error is errEnded if another process has
// taken that port.
func (s *Server) startGateway(ctx context.Context, p program) error {
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	s.Endpoint = "http://" + address
	gateway := newGateway(s, p.binary)
	p.args = append([]string{"--port", address}, p.args...)
	p.environment = []string{"ROOT_ACCESS_KEY_ID=" + s.AccessKey, "ROOT_SECRET_ACCESS_KEY=" + s.SecretKey}
	if s.process, err = startProcess(ctx, p); err != nil {
		return err
	}
	s.backend = gateway
	if err := s.process.awaitReady(ctx, gateway.ready); err != nil {
		stopped := s.process.stop()
		s.process = nil
		return errors.Join(err, stopped)
	}
	return nil
}

// freeAddress returns a loopback address that is free at the moment. versitygw does not report
// the port if it chooses one itself.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", fmt.Errorf("freeing a port: %w", err)
	}
	return address, nil
}

// gateway is an S3 server with the credentials of its administrator.
type gateway struct {
	client   *s3.Client
	binary   string
	endpoint string
	root     Credentials
	policies policies
}

func newGateway(s *Server, binary string) *gateway {
	return &gateway{
		client: s3.New(s3.Options{
			Region:       Region,
			BaseEndpoint: aws.String(s.Endpoint),
			UsePathStyle: true,
			Credentials:  credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
		}),
		binary:   binary,
		endpoint: s.Endpoint,
		root:     Credentials{AccessKey: s.AccessKey, SecretKey: s.SecretKey},
		policies: policies{statements: map[string][]statement{}},
	}
}

// ready reports whether this server answers. Another server on the same port would refuse its
// key.
func (g *gateway) ready(ctx context.Context) bool {
	_, err := g.client.ListBuckets(ctx, &s3.ListBucketsInput{}, func(options *s3.Options) {
		options.Retryer = aws.NopRetryer{}
	})
	return err == nil
}

func (g *gateway) createBucket(ctx context.Context, name string) error {
	_, err := g.client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(name)})
	var exists *types.BucketAlreadyExists
	var owned *types.BucketAlreadyOwnedByYou
	if errors.As(err, &exists) || errors.As(err, &owned) {
		return nil
	}
	return err
}

func (g *gateway) openBucket(ctx context.Context, name string) (*blob.Bucket, error) {
	return s3blob.OpenBucket(ctx, g.client, name, nil)
}
