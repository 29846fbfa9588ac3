// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gocloud.dev/blob"
)

// Server is a running object store that no other process uses.
type Server struct {
	// Endpoint is the server's URL. Azure's ends with the account's name.
	Endpoint string
	// AccessKey and SecretKey grant full access. For Azure, they are the account's name and
	// key.
	AccessKey, SecretKey string

	backend backend
	process *process
	// run is the folder of this run, which Stop removes.
	run string
}

// Credentials are an additional key pair of a server.
type Credentials struct {
	AccessKey, SecretKey string
}

// backend is the part of a server that depends on its kind.
type backend interface {
	createBucket(ctx context.Context, name string) error
	openBucket(ctx context.Context, name string) (*blob.Bucket, error)
	addUser(ctx context.Context, bucket string, actions []string) (Credentials, error)
}

// begin starts a server in a temporary folder. If the start fails, it removes everything.
func begin(accessKey, secretKey string, start func(*Server) error) (*Server, error) {
	run, err := os.MkdirTemp("", "objectstore-")
	if err != nil {
		return nil, fmt.Errorf("creating a temporary folder: %w", err)
	}
	server := &Server{AccessKey: accessKey, SecretKey: secretKey, run: run}
	if err := start(server); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// CreateBucket creates a bucket, which Azure calls a container. It ignores an existing one.
func (s *Server) CreateBucket(ctx context.Context, name string) error {
	if err := s.backend.createBucket(ctx, name); err != nil {
		return fmt.Errorf("creating bucket %s: %w", name, err)
	}
	return nil
}

// Bucket opens a bucket with full access. The caller closes it.
func (s *Server) Bucket(ctx context.Context, name string) (*blob.Bucket, error) {
	bucket, err := s.backend.openBucket(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("opening bucket %s: %w", name, err)
	}
	return bucket, nil
}

// AddUser creates a key pair with the given permissions in a bucket, such as s3:GetObject, and
// no others. Without any, the key is valid but has no permissions. An account of Azure has a
// single key with full access, so the error is [errors.ErrUnsupported].
func (s *Server) AddUser(ctx context.Context, bucket string, actions ...string) (Credentials, error) {
	credentials, err := s.backend.addUser(ctx, bucket, actions)
	if err != nil {
		return Credentials{}, fmt.Errorf("adding a user of bucket %s: %w", bucket, err)
	}
	return credentials, nil
}

// AddReader creates a key pair that may list and read a bucket. See [Server.AddUser].
func (s *Server) AddReader(ctx context.Context, bucket string) (Credentials, error) {
	return s.AddUser(ctx, bucket, "s3:ListBucket", "s3:GetObject")
}

// Stop stops the server and removes its objects. Further calls do nothing.
func (s *Server) Stop() error {
	var stopped, removed error
	if s.process != nil {
		stopped = s.process.stop()
		s.process = nil
	}
	if s.run != "" {
		removed = os.RemoveAll(s.run)
		s.run = ""
	}
	if err := errors.Join(stopped, removed); err != nil {
		return fmt.Errorf("stopping the object store: %w", err)
	}
	return nil
}
