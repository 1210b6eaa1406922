# The image of ivs-contract: the static binary alone.
#   docker build -t ivs-contract .
#   docker run --rm --network host ivs-contract check --endpoint-url http://127.0.0.1:4566
FROM rust:1.95-alpine AS build
# Alpine keeps no old versions that could be pinned.
# hadolint ignore=DL3018
RUN apk add --no-cache build-base
WORKDIR /source
COPY . .
# A build context has no history, so the commit is an argument.
ARG IVS_CONTRACT_COMMIT=""
ENV IVS_CONTRACT_COMMIT=$IVS_CONTRACT_COMMIT
RUN cargo build --locked --profile dist -p ivs-contract

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /source/target/dist/ivs-contract /ivs-contract
ENTRYPOINT ["/ivs-contract"]
